import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isFault, parseQuery } from '../contract.ts';

const read = (text: string) => {
  const parsed = parseQuery(text);
  if (isFault(parsed)) throw new Error(JSON.stringify(parsed));
  return parsed;
};
const faultOf = (text: string) => {
  const parsed = parseQuery(text);
  return isFault(parsed) ? [parsed.code, parsed.column] : null;
};

test('reads fields, operators, lists, negation and free text', () => {
  const { conditions, texts } = read(
    'status:>=500 method:POST,PUT -act:TCP_DENIED host:example.com "two words" -noise',
  );
  expect(
    conditions.map(({ field, not, values }) => [field, not, values.map((v) => `${v.op} ${v.text}`)]),
  ).toEqual([
    ['status', false, ['gte 500']],
    ['method', false, ['is POST', 'is PUT']],
    ['act', true, ['is TCP_DENIED']],
    ['host', false, ['is example.com']],
  ]);
  expect(texts).toEqual([
    { text: 'two words', not: false },
    { text: 'noise', not: true },
  ]);
});

test('takes addresses, prefixes, tokens with dashes and what decoders found besides', () => {
  const { conditions } = read('cli:10.1.0.0/16 ip:2001:db8::/32 user:2611-0123456789abcdef extra.sig:"a b"');
  expect(conditions.map(({ field, values }) => [field, values[0]!.text])).toEqual([
    ['cli', '10.1.0.0/16'],
    ['ip', '2001:db8::/32'],
    ['user', '2611-0123456789abcdef'],
    ['extra.sig', 'a b'],
  ]);
});

test('an address of the web, a quoted dash and a quoted quote are text', () => {
  expect(read('http://bad.example/x "-" "say \\"hi\\""').texts.map(({ text }) => text)).toEqual([
    'http://bad.example/x',
    '-',
    'say "hi"',
  ]);
});

test('a fault tells the character at which it stands', () => {
  expect(faultOf('a colour:red')).toEqual(['logs.query_field', 3]);
  expect(faultOf('status:many')).toEqual(['logs.query_value', 8]);
  expect(faultOf('status:200,x')).toEqual(['logs.query_value', 12]);
  expect(faultOf('ip:10.1.0.0/33')).toEqual(['logs.query_value', 4]);
  expect(faultOf('ip:10.1.0')).toEqual(['logs.query_value', 4]);
  expect(faultOf('mac:>00:11:22:33:44:55')).toEqual(['logs.query_value', 5]);
  expect(faultOf('status:')).toEqual(['logs.query_value', 8]);
  expect(faultOf('host:"open')).toEqual(['logs.query_quote', 6]);
  // A mark alone, and nothing in quotes: what they find is nearly everything.
  expect(faultOf('a - b')).toEqual(['logs.query_text', 3]);
  expect(faultOf(':')).toEqual(['logs.query_text', 1]);
  expect(faultOf('-""')).toEqual(['logs.query_text', 2]);
  expect(faultOf('port:70000')).toEqual(['logs.query_value', 6]);
  expect(faultOf('x '.repeat(41))).toEqual(['logs.query_too_long', 81]);
});

test('no text makes it throw, and every fault lies within the text', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => {
      const parsed = parseQuery(text);
      if (isFault(parsed)) expect(parsed.column).toBeLessThanOrEqual(text.length + 1);
    }),
    { numRuns: 2000 },
  );
});
