import type { App } from '#base/app';
import { present, type ReadRecord, segmentPath, tellDamage } from './read-record.ts';
import { forEachRecord } from './segments/record-stream.ts';
import { readFrames } from './segments/segment-file.ts';
import type { SegmentRow } from './store/catalogue.ts';

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
