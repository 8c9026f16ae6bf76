import type { Ctx } from '#base/app';
import { decoderOf, nameOf } from './decoders/decode-line.ts';
import type { Decode, Decoder, Memory, SourceSettings } from './decoders/row.ts';
import { compileTemplate, templateDecoder } from './decoders/template/template.ts';
import { settingsOf } from './rules.ts';
import type { SourceRow } from './store/catalogue.ts';
import { readMemory } from './store/memory.ts';
import { findTemplate } from './store/templates.ts';

/** How the records of a source are read now. */
export interface SourceReader {
  /** `squid/1`; '' for a quarantined sender, whose lines nobody reads. */
  readonly name: string;
  readonly settings: SourceSettings;
  /** Whether records are read with the help of earlier ones, and so in the order of their receipt. */
  readonly isOrdered: boolean;
  /** Whether a segment can be read again by itself, with what is known now. */
  readonly readsAlone: boolean;
  /** Begins to read; `memory` is used by ordered readers only. */
  open(memory: Memory): Decode | null;
}

/** The reader of a source by its format, its template and its settings. */
export async function readerOf(ctx: Ctx, source: SourceRow): Promise<SourceReader> {
  const decoder = source.format === 'template' ? await templateOf(ctx, source.id) : decoderOf(source.format);
  return readerFor(decoder, settingsOf(source));
}

/** The reader that was called `name` (`squid/1`, `template/3`); `undefined` when this program has it no more. */
export async function readerNamed(
  ctx: Ctx,
  sourceId: number,
  name: string,
  settings: SourceSettings,
): Promise<SourceReader | undefined> {
  const [format = '', version] = name.split('/');
  const decoder =
    format === 'template' ? await templateOf(ctx, sourceId, Number(version)) : decoderOf(format);
  return decoder && nameOf(decoder) === name ? readerFor(decoder, settings) : undefined;
}

/** Without any template no line can be read: version 0. */
async function templateOf(ctx: Ctx, sourceId: number, version?: number): Promise<Decoder> {
  const found = await findTemplate(ctx, sourceId, version);
  const templates = (found?.patterns ?? []).map(compileTemplate);
  return { format: 'template', version: found?.version ?? 0, decode: templateDecoder(templates) };
}

function readerFor(decoder: Decoder | undefined, settings: SourceSettings): SourceReader {
  return {
    name: decoder ? nameOf(decoder) : '',
    settings,
    isOrdered: decoder?.open !== undefined,
    readsAlone: decoder?.open === undefined || decoder.readsAlone === true,
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
