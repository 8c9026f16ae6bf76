import type { Ctx } from '#base/app';
import { decoderOf, nameOf } from './decoders/decode-line.ts';
import type { Decode, Decoder, Memory, SourceSettings } from './decoders/row.ts';
import { settingsOf } from './rules.ts';
import type { SourceRow } from './store/catalogue.ts';
import { readMemory } from './store/memory.ts';

/** How the records of a source are read now. */
export interface SourceReader {
  /** `squid/1`; '' for a quarantined sender, whose lines nobody reads. */
  readonly name: string;
  readonly settings: SourceSettings;
  /** Whether records are read with the help of earlier ones, and so in the order of their receipt. */
  readonly isOrdered: boolean;
  /** Begins to read; `memory` is used by ordered readers only. */
  open(memory: Memory): Decode | null;
}

/** The reader of a source by its format and settings. */
export async function readerOf(_ctx: Ctx, source: SourceRow): Promise<SourceReader> {
  return readerFor(decoderOf(source.format), settingsOf(source));
}

/** A reader from a decoder; none for a source of unknown format. */
export function readerFor(decoder: Decoder | undefined, settings: SourceSettings): SourceReader {
  return {
    name: decoder ? nameOf(decoder) : '',
    settings,
    isOrdered: decoder?.open !== undefined,
    open: (memory) => decoder?.open?.(memory) ?? decoder?.decode ?? null,
  };
}

/** What a reader remembers; told apart is what it learned. Values are JSON. */
export class ReaderMemory implements Memory {
  readonly #values: Map<string, unknown>;
  readonly changes = new Map<string, unknown>();

  constructor(values: ReadonlyMap<string, unknown> = new Map()) {
    this.#values = new Map(values);
  }

  get(key: string): unknown {
    return this.#values.get(key);
  }

  set(key: string, value: unknown): void {
    this.#values.set(key, value);
    this.changes.set(key, value);
  }

  /** Everything it knows, as one JSON value. */
  all(): Record<string, unknown> {
    return Object.fromEntries(this.#values);
  }
}

/** The memory of an ordered reader's source; an empty one for others. */
export async function memoryOf(ctx: Ctx, source: SourceRow, reader: SourceReader): Promise<ReaderMemory> {
  return new ReaderMemory(reader.isOrdered ? await readMemory(ctx, source.id) : undefined);
}
