import { recordAudits } from '#audit';
import type { App, Ctx } from '#base/app';
import { fail } from '#base/errors';
import { present, type ReadRecord, segmentPath, tellDamage } from './read-record.ts';
import { forEachRecord } from './segments/record-stream.ts';
import { readFrames, readSegmentRecords } from './segments/segment-file.ts';
import { findSegments, type SegmentRow } from './store/catalogue.ts';

/** Many records of one segment in one reading, in their order. Fails with `logs.segment_damaged`. */
export async function* readRecordsOf(
  app: App,
  segment: SegmentRow,
  wanted: ReadonlySet<number>,
): AsyncGenerator<ReadRecord> {
  const path = await tellDamage(segment, () => segmentPath(app, segment));
  const frames = readFrames(path);
  let left = wanted.size;
  try {
    while (left > 0) {
      const next = await tellDamage(segment, () => frames.next());
      if (next.done) return;
      let seq = next.value.first;
      const found: ReadRecord[] = [];
      forEachRecord(next.value.stream, (record) => {
        if (wanted.has(seq)) found.push(present(segment, seq, record));
        seq += 1;
      });
      left -= found.length;
      yield* found;
    }
  } finally {
    await frames.return(undefined);
  }
}

/**
 * What `readRecord` gives, for many places in their order: each segment is opened once, and the audit entries are one
 * statement. Fails like `readRecord`.
 */
export async function readRecords(
  ctx: Ctx,
  places: readonly { readonly segment: number; readonly seq: number }[],
  why: object = {},
): Promise<ReadRecord[]> {
  const bySegment = Map.groupBy(places, (place) => place.segment);
  const segments = await findSegments(ctx, [...bySegment.keys()]);
  const found = new Map<string, ReadRecord>();
  for (const [id, own] of bySegment) {
    const segment = segments.get(id) ?? fail('base.not_found', { what: `log segment ${id}` });
    const records = await tellDamage(segment, async () =>
      readSegmentRecords(await segmentPath(ctx.app, segment), new Set(own.map((place) => place.seq))),
    );
    for (const { seq } of own) {
      const record = records.get(seq) ?? fail('base.not_found', { what: `record ${seq} of segment ${id}` });
      found.set(`${id} ${seq}`, present(segment, seq, record));
    }
  }
  await recordAudits(
    ctx,
    places.map(({ segment, seq }) => ({
      action: 'logs.read_record',
      subject: `log_segment:${segment}`,
      unitPath: segments.get(segment)!.unit_path,
      after: { seq, ...why },
    })),
  );
  return places.map(({ segment, seq }) => found.get(`${segment} ${seq}`)!);
}
