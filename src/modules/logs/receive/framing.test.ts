import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineCutter, type LineSink } from './line-cutter.ts';
import { FramingError, SyslogFramer } from './syslog-framer.ts';

function cutInto(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (let i = 0; at < bytes.length; i += 1) {
    const size = sizes.length === 0 ? bytes.length : Math.max(1, sizes[i % sizes.length]!);
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

/** Collects lines, however they are handed over. */
function collector(taken: string[]): LineSink {
  return {
    line: (source, start, end) => void taken.push(source.toString('latin1', start, end)),
    lines: (source, start, end, count) => {
      const found = source.toString('latin1', start, end).split('\n');
      expect(found.pop()).toBe('');
      expect(found).toHaveLength(count);
      taken.push(...found);
    },
  };
}

function frame(bytes: Buffer, sizes: readonly number[] = []): { taken: string[]; cut: number } {
  const taken: string[] = [];
  const framer = new SyslogFramer(collector(taken));
  for (const chunk of cutInto(bytes, sizes)) framer.push(chunk);
  framer.end();
  return { taken, cut: framer.cutMessages };
}

const message = fc.string({
  unit: fc.constantFrom('a', ' ', '\0', '\r', '<', '9', 'é'),
  minLength: 1,
  maxLength: 40,
});
const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 6 });

test('finds the same lines whatever the chunks', () => {
  fc.assert(
    fc.property(fc.array(message, { minLength: 1 }), sizes, fc.boolean(), (lines, cuts, closed) => {
      const bytes = Buffer.from(`<34>${lines.join('\n')}${closed ? '\n' : ''}`, 'latin1');
      const expected = [`<34>${lines[0]}`, ...lines.slice(1)];
      expect(frame(bytes, cuts)).toEqual({ taken: expected, cut: 0 });
    }),
  );
});

test('skips empty lines of syslog, alone and among others', () => {
  expect(frame(Buffer.from('<1>a\n\n\n<1>b\n\n'), []).taken).toEqual(['<1>a', '<1>b']);
  expect(frame(Buffer.from('<1>a\n\n\n<1>b\n\n'), [1]).taken).toEqual(['<1>a', '<1>b']);
});

test('finds the same counted messages whatever the chunks; they may hold line feeds', () => {
  fc.assert(
    fc.property(fc.array(message, { minLength: 1 }), sizes, (messages, cuts) => {
      const withFeeds = messages.map((text) => `${text}\n${text}`);
      const bytes = Buffer.from(withFeeds.map((text) => `${text.length} ${text}`).join(''), 'latin1');
      expect(frame(bytes, cuts)).toEqual({ taken: withFeeds, cut: 0 });
    }),
  );
});

test('keeps what a counted message had when the peer closed inside it', () => {
  expect(frame(Buffer.from('5 hello10 cut')).taken).toEqual(['hello', 'cut']);
});

test('cuts a line beyond 64 KiB once, counts it, and goes on with the next', () => {
  const long = 'x'.repeat(200_000);
  for (const chunkSize of [[], [1000], [65_536], [65_537]]) {
    const { taken, cut } = frame(Buffer.from(`<1>${long}\n<1>next\n`), chunkSize);
    expect(taken.map((line) => line.length)).toEqual([65_536, 7]);
    expect(cut).toBe(1);
  }
});

test('cuts a counted message beyond 64 KiB and finds the next', () => {
  const { taken, cut } = frame(Buffer.from(`100000 ${'x'.repeat(100_000)}4 next`), [777]);
  expect(taken.map((line) => line.length)).toEqual([65_536, 4]);
  expect(cut).toBe(1);
});

test('takes a line of exactly 64 KiB whole', () => {
  const { taken, cut } = frame(Buffer.from(`<1>${'x'.repeat(65_533)}\n`));
  expect(taken.map((line) => line.length)).toEqual([65_536]);
  expect(cut).toBe(0);
});

test.each(['5 helloworld', '99999999999999999999 x', '17000000 x', '5x'])(
  'refuses broken counts: %s',
  (text) => {
    expect(() => frame(Buffer.from(text))).toThrow(FramingError);
  },
);

test('the line cutter keeps empty lines, CR and NUL, and a last line without its end', () => {
  const taken: string[] = [];
  const cutter = new LineCutter(collector(taken));
  for (const chunk of ['a\r\n\nb\0', 'c\n', '\nlast']) cutter.push(Buffer.from(chunk));
  cutter.end();
  cutter.end();
  expect(taken).toEqual(['a\r', '', 'b\0c', '', 'last']);
});
