import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestApp, testApp } from '#test/db';
import { storableJson } from './storable-json.ts';

let app: TestApp;
beforeAll(async () => {
  app = await testApp([]);
});
afterAll(() => app.close());

describe('JSON for the database', () => {
  it.each([
    ['half an emoji', 'news \ud83d', 'news \ufffd'],
    ['the other half', '\ude00 news', '\ufffd news'],
    ['a whole emoji', '\ud83d\ude00', '\ud83d\ude00'],
    ['NUL', 'a\u0000b', 'a\ufffdb'],
    [
      'what only looks like an escape',
      String.raw`C:\u0000 \ud83d \\ud83d`,
      String.raw`C:\u0000 \ud83d \\ud83d`,
    ],
    ['a backslash before half an emoji', `\\\ud83d`, '\\\ufffd'],
  ])('keeps %s', async (_, text, kept) => {
    const { rows } = await app.ownerPool.query('SELECT $1::jsonb AS value', [storableJson({ text })]);
    expect(rows[0].value).toEqual({ text: kept });
  });
});
