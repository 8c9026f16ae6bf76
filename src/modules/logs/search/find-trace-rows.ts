import type { Ctx } from '#base/app';
import * as catalogue from '../store/catalogue.ts';
import { type ClockAt, offsetsNear } from '../store/clock-offsets.ts';
import { hiddenRows } from '../store/hidden-rows.ts';
import { type ServedAsked, type ServedRow, servedRows } from '../store/served-rows.ts';
import * as rows from '../store/trace-rows.ts';

/** A log source as a trace needs to know it. */
export interface TraceSource {
  readonly id: number;
  readonly name: string;
  readonly unitPath: string;
  readonly format: string;
  readonly realm: string;
  readonly toleranceSeconds: number;
  /** Addresses and ranges from which it sends. */
  readonly senders: readonly string[];
}

/** Reads the rows of many questions; opened once for a trace or a batch of them. */
export interface TraceReader {
  readonly sources: ReadonlyMap<number, TraceSource>;
  nat(questions: readonly rows.AddressAt[]): Promise<rows.NatFound[]>;
  blocks(questions: readonly rows.AddressAt[]): Promise<rows.BlockFound[]>;
  leases(questions: readonly rows.AddressAt[]): Promise<rows.LeaseFound[]>;
  sightings(questions: readonly rows.AddressAt[]): Promise<rows.SightingFound[]>;
  sessions(questions: readonly rows.AddressAt[]): Promise<rows.SightingFound[]>;
  served(questions: readonly ServedAsked[]): Promise<ServedRow[]>;
  clocks(asked: readonly { sourceId: number; at: number }[]): Promise<ClockAt[]>;
}

/** Of one question; with so many there may be more. */
export const mostRequests = 1_000;

/** Rows of the sources that the actor may see, as they had been received by `knownAt` (epoch ms). */
export async function openTraceReader(ctx: Ctx, knownAt: number): Promise<TraceReader> {
  const visible = await catalogue.visibleSources(ctx);
  const hidden = await hiddenRows(ctx);
  const sourceIds = [...visible.keys()].sort((a, b) => a - b);
  const store = ctx.app.logstore;
  const of = (questions: readonly rows.AddressAt[]) => ({ questions, sourceIds, hidden, knownAt });
  return {
    sources: new Map(sourceIds.map((id) => [id, sourceOf(visible.get(id)!)])),
    nat: (questions) => rows.natRows(store, of(questions)),
    blocks: (questions) => rows.blockRows(store, of(questions)),
    leases: (questions) => rows.leaseRows(store, of(questions)),
    sightings: (questions) => rows.sightingRows(store, of(questions)),
    sessions: (questions) => rows.sessionRows(store, of(questions)),
    served: (questions) => servedRows(store, { questions, knownAt, hidden, limit: mostRequests }),
    clocks: (asked) => offsetsNear(ctx, asked, knownAt),
  };
}

function sourceOf(row: catalogue.SourceRow): TraceSource {
  const { id, name, format, realm, senders } = row;
  return {
    id,
    name,
    unitPath: row.unit_path,
    format,
    realm,
    toleranceSeconds: Number(row.tolerance_seconds),
    senders,
  };
}
