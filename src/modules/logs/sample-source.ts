import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { decoderOf } from './decoders/decode-line.ts';
import { type Format, formats } from './decoders/row.ts';
import { maskNames, nameFinder } from './names-in-line.ts';
import { pseudonymsOf } from './pseudonyms.ts';
import { present, type ReadRecord, segmentPath, tellDamage } from './read-record.ts';
import { settingsOf } from './rules.ts';
import { forEachRecord } from './segments/record-stream.ts';
import { readFrames } from './segments/segment-file.ts';
import { ReaderMemory } from './source-reader.ts';
import * as catalogue from './store/catalogue.ts';
import { sampleSegments } from './store/sources.ts';

/** Records that formats are tried on, and those that are shown. */
const tried = 200;
const shown = 5;

export interface Guess {
  readonly format: Format;
  /** Lines of which it made rows, and lines that it knows and that say nothing worth a row. */
  readonly read: number;
  readonly known: number;
}

export interface Samples {
  readonly lines: number;
  readonly guesses: readonly Guess[];
  readonly samples: readonly Pick<ReadRecord, 'recvAt' | 'sender' | 'raw' | 'charset'>[];
}

/**
 * Some of the lines that a source sent, its newest and its oldest, and which formats read them, best first. Names in
 * them are tokens as the best format finds them. Audited with `why`. Fails with `base.not_found`, `logs.segment_damaged`.
 */
export async function sampleSource(ctx: Ctx, id: number, why: object = {}): Promise<Samples> {
  const source = await catalogue.findSource(ctx, { id });
  if (!source) fail('base.not_found', { what: `log source ${id}` });
  const records: ReadRecord[] = [];
  for (const segment of await sampleSegments(ctx, id)) {
    if (records.length < tried) records.push(...(await firstRecords(ctx, segment, tried - records.length)));
  }
  const guesses = guessFormats(records, source);
  await recordAudit(ctx, {
    action: 'logs.read_samples',
    subject: `log_source:${id}`,
    unitPath: source.unit_path,
    after: { lines: Math.min(records.length, shown), ...why },
  });
  const format = guesses[0]?.format ?? source.format;
  const find = await nameFinder(ctx, { ...source, format }, await pseudonymsOf(ctx.app));
  return {
    lines: records.length,
    guesses: offered(guesses, records.length),
    samples: spreadOver(records).map((one) => ({
      recvAt: one.recvAt,
      sender: one.sender,
      raw: maskNames(one.raw, find(one)),
      charset: one.charset,
    })),
  };
}

/** The records of a segment's first frame, at most `most`. */
async function firstRecords(ctx: Ctx, segment: catalogue.SegmentRow, most: number): Promise<ReadRecord[]> {
  const found: ReadRecord[] = [];
  await tellDamage(segment, async () => {
    for await (const { first, stream } of readFrames(await segmentPath(ctx.app, segment))) {
      let seq = first;
      forEachRecord(stream, (record) => {
        if (found.length < most) found.push(present(segment, seq, record));
        seq += 1;
      });
      return;
    }
  });
  return found;
}

/** Formats that read any of the lines: the most rows first, then the most lines known, a single program before many. */
export function guessFormats(
  records: readonly Pick<ReadRecord, 'bytes' | 'recvAt' | 'sender'>[],
  source: Parameters<typeof settingsOf>[0],
): Guess[] {
  const settings = settingsOf(source);
  const guesses = formats.flatMap((format): Guess[] => {
    const decoder = decoderOf(format);
    const decode = decoder?.open?.(new ReaderMemory()) ?? decoder?.decode;
    if (!decode) return [];
    let read = 0;
    let known = 0;
    for (const { bytes, recvAt, sender } of records) {
      const made = decode(bytes, settings, recvAt, sender);
      if (made === null) continue;
      if ('table' in made && made.table === 'none') known += 1;
      else read += 1;
    }
    return read + known > 0 ? [{ format, read, known }] : [];
  });
  const rank = ({ format }: Guess) => (format === 'auto' ? 1 : 0);
  return guesses.sort((a, b) => b.read - a.read || b.known - a.known || rank(a) - rank(b));
}

/** A guess that reads less than half of the lines is none: one of six lines may look like anything. */
export function offered(guesses: readonly Guess[], lines: number): Guess[] {
  return guesses.filter(({ read, known }) => (read + known) * 2 >= lines);
}

/** A few of them from all over. */
function spreadOver<T>(all: readonly T[]): T[] {
  if (all.length <= shown) return [...all];
  return Array.from({ length: shown }, (_, at) => all[Math.floor((at * (all.length - 1)) / (shown - 1))]!);
}
