/** Sources: registered, changed, ended; quarantined senders. */
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { type Handler, handle } from '#base/http';
import { staleAfterSeconds } from '#base/role-process';
import { adoptSource } from './adopt-source.ts';
import { changeSource, resumeSource, retireSource } from './change-source.ts';
import { readClock, withdrawReading } from './clock/read-clock.ts';
import * as contract from './contract.ts';
import { receiversIn } from './receive/present-collector.ts';
import { registerSource } from './register-source.ts';
import { sampleSource } from './sample-source.ts';
import { readingOfSource } from './search/reading.ts';
import { listOffsets } from './store/clocks.ts';
import { type CollectorBeat, collectorBeats } from './store/collectors.ts';
import * as sources from './store/sources.ts';

export const sourceRoutes: Handler[] = [
  handle(contract.listSources, async (ctx, { query }) => {
    const { items, ...counts } = await sources.listSources(ctx, query);
    return { ...counts, items: items.map(presentSource) };
  }),
  handle(contract.registerSource, async (ctx, { body }) => {
    const { id } = await registerSource(ctx, body);
    return sourceWith(ctx, id);
  }),
  handle(contract.getSource, (ctx, { params }) => sourceWith(ctx, params.id)),
  handle(contract.changeSource, async (ctx, { params, body }) => {
    await changeSource(ctx, params.id, body);
    return sourceWith(ctx, params.id);
  }),
  handle(contract.retireSource, async (ctx, { params, body }) => {
    await retireSource(ctx, params.id, body.reason);
    return sourceWith(ctx, params.id);
  }),
  handle(contract.resumeSource, async (ctx, { params }) => {
    await resumeSource(ctx, params.id);
    return sourceWith(ctx, params.id);
  }),
  handle(contract.adoptSource, async (ctx, { params, body }) => {
    await adoptSource(ctx, params.id, body);
    return sourceWith(ctx, params.id);
  }),
  handle(contract.sampleSource, async (ctx, { params, query }) => {
    const reading = await readingOfSource(ctx, params.id, query);
    const { lines, guesses, samples } = await sampleSource(ctx, params.id, reading);
    return { lines, guesses: [...guesses], samples: [...samples] };
  }),
  handle(contract.sourceTimes, async (ctx, { params }) => {
    await sourceWith(ctx, params.id);
    return sources.oddTimes(ctx, params.id);
  }),
  handle(contract.listClockOffsets, async (ctx, { params, query }) => {
    await sourceWith(ctx, params.id);
    return listOffsets(ctx, params.id, query);
  }),
  handle(contract.readClock, (ctx, { params, body }) => readClock(ctx, params.id, body)),
  handle(contract.withdrawClockReading, (ctx, { params, body }) => withdrawReading(ctx, params, body.reason)),
  handle(contract.listReceivers, async (ctx) => ({
    collectors: (await collectorBeats(ctx, staleAfterSeconds)).map(presentCollector),
  })),
];

function presentCollector({ host, at, started_at, alive, detail }: CollectorBeat) {
  const { problems = [], figures = {} } = detail;
  return {
    host,
    at,
    startedAt: started_at,
    alive,
    problems: [...problems],
    receivers: receiversIn(figures),
    paused: figures.paused ?? 0,
    waiting: figures.waiting ?? 0,
    pendingBytes: figures.pendingBytes ?? 0,
  };
}

async function sourceWith(ctx: Ctx, id: number) {
  const row = await sources.findSourceFacts(ctx, id);
  return row ? presentSource(row) : fail('base.not_found', { what: `log source ${id}` });
}

function presentSource(row: sources.SourceFacts) {
  return {
    id: row.id,
    name: row.name,
    state: stateOf(row),
    unitPath: row.unit_path,
    unitName: row.unit_name,
    unitCode: row.unit_code,
    format: row.format as contract.LogSource['format'],
    realm: row.realm,
    zone: row.zone,
    fieldZones: row.field_zones,
    leaseSeconds: row.lease_seconds,
    host: row.host,
    fixedYear: row.fixed_year,
    toleranceSeconds: Number(row.tolerance_seconds),
    senders: row.senders,
    certificates: row.certificates,
    expectedPerHour: row.expected_per_hour,
    retention: row.retention,
    note: row.note,
    retiredAt: row.retired,
    adoptedAt: row.adopted,
    firstRecv: row.first_recv,
    lastRecv: row.last_recv,
    records: row.records,
    unparsable: row.unparsable,
    clock: clockOf(row),
  };
}

function stateOf(row: sources.SourceFacts): contract.LogSource['state'] {
  if (row.retired) return 'retired';
  return row.format === 'unknown' ? 'quarantined' : 'active';
}

function clockOf(row: sources.SourceFacts) {
  if (row.clock_at === null) return null;
  return {
    at: row.clock_at,
    offsetMs: row.offset_ms!,
    spreadMs: row.spread_ms!,
    samples: row.samples!,
    steady: row.steady!,
  };
}
