import fc from 'fast-check';
import { expect, test } from 'vitest';
import { recordCutter } from './record-cutter.ts';

function cut(format: string, chunks: readonly Buffer[]) {
  const records: string[] = [];
  const cutter = recordCutter(format, {
    line: (source, start, end) => void records.push(source.toString('latin1', start, end)),
    lines: (source, start, end) => {
      for (let at = start; at < end; ) {
        const feed = source.indexOf(10, at);
        records.push(source.toString('latin1', at, feed));
        at = feed + 1;
      }
    },
  });
  for (const chunk of chunks) cutter.push(chunk);
  cutter.end();
  return { records, cut: cutter.cutLines };
}

const detail =
  'Sun Nov 22 13:00:48 2026\n\tUser-Name = "a"\n\n\r\nSun Nov 22 13:00:49 2026\r\n\tUser-Name = "b"\r\n\r\n\tUser-Name = "c"';

test('RADIUS detail is cut at empty lines, wherever the chunks end; other formats at every line', () => {
  const whole = cut('radius', [Buffer.from(detail)]);
  expect(whole).toEqual({
    records: [
      'Sun Nov 22 13:00:48 2026\n\tUser-Name = "a"',
      'Sun Nov 22 13:00:49 2026\r\n\tUser-Name = "b"\r',
      '\tUser-Name = "c"',
    ],
    cut: 0,
  });
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: detail.length }), { maxLength: 8 }), (places) => {
      const ends = [0, ...places.sort((a, b) => a - b), detail.length];
      const chunks = ends.slice(1).map((end, i) => Buffer.from(detail.slice(ends[i], end)));
      expect(cut('radius', chunks)).toEqual(whole);
    }),
  );
  expect(cut('squid', [Buffer.from('a\n\nb')]).records).toEqual(['a', '', 'b']);
});

test('of a record beyond 64 KiB the first 64 KiB are kept, and it is counted', () => {
  const line = `${'x'.repeat(1000)}\n`;
  const { records, cut: overlong } = cut('radius', [Buffer.from(`${line.repeat(100)}\nnext`)]);
  expect(records.map((record) => record.length)).toEqual([65_536, 4]);
  expect(overlong).toBe(1);
});
