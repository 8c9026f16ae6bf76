import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sequenceIdOf } from './sequence-id.ts';

const head = '<34>1 2026-11-22T05:00:00Z gw app 1 ID47';
const of = (text: string) => sequenceIdOf(Buffer.from(text))?.value ?? null;

test('reads the number of the meta element, wherever it stands in the structured data', () => {
  expect(of(`${head} [meta sequenceId="29"] text`)).toBe(29);
  expect(of(`${head} [origin ip="192.0.2.1"][meta sysUpTime="7" sequenceId="2147483647"] text`)).toBe(
    2_147_483_647,
  );
  expect(sequenceIdOf(Buffer.from(`${head} [meta sequenceId="1"] x`))).toEqual({
    name: 'seqid',
    value: 1,
    modulus: 2_147_483_647,
  });
});

test('is not deceived by other texts', () => {
  expect(of(`${head} - [meta sequenceId="29"]`)).toBeNull();
  expect(of('<34>Nov 22 05:00:00 gw app: [meta sequenceId="29"] text of a longer line')).toBeNull();
  expect(of(`${head} [meta x="1"] sequenceId="29"`)).toBeNull();
  expect(of(`${head} [meta sequenceId="2147483648"] x`)).toBeNull();
  expect(of(`${head} [meta sequenceId="-1"] x`)).toBeNull();
  expect(of(`${head} [meta sequenceId="12345678901234"] x`)).toBeNull();
});

test('survives arbitrary bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      sequenceIdOf(Buffer.concat([Buffer.from('<34>1 '), bytes]));
    }),
    { numRuns: 2000 },
  );
});
