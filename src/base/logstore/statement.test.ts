import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StoreError } from './errors.ts';
import { sqlWords } from './sql-words.ts';
import { insertFromFile, quoteSql, readStatement } from './statement.ts';

function wordsOf(sql: string): string[] {
  return [...sqlWords(sql)].map((word) => word.text);
}

describe('sqlWords', () => {
  it.each([
    ["SELECT 'a;b' ; x", ['SELECT', "'", ';', 'X']],
    ["'it''s' 'it\\'s' `a``b` \"c\"", ["'", "'", "'", "'"]],
    ['a -- ; comment\nb /* ; */ c # d\ne', ['A', 'B', 'C', 'E']],
    ["$tag$ ; ' $tag$ x", ["'", 'X']],
    ['中文 列', ['中文', '列']],
    ["'never closed ; x", ["'"]],
    ['/* never closed ; x', []],
  ])('reads %j', (sql, words) => {
    expect(wordsOf(sql)).toEqual(words);
  });

  it('takes any quoted value as one word', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => wordsOf(`${quoteSql(value)};`).length === 2),
    );
  });
});

describe('readStatement', () => {
  it.each([
    ['SELECT 1', { kind: 'read' }],
    ['  -- why\nwith 1 as x select x format JSON', { kind: 'read', format: 'JSON' }],
    ["SELECT 'FORMAT CSV'", { kind: 'read' }],
    ['SELECT 1 FORMAT JSONEachRow SETTINGS max_threads=1;', { kind: 'read', format: 'JSONEachRow' }],
    ['(SELECT 1)', { kind: 'read' }],
    ['SHOW TABLES', { kind: 'command' }],
    ['INSERT INTO t SELECT 1', { kind: 'insert' }],
    ['INSERT INTO t (a) (SELECT 1)', { kind: 'insert' }],
    ["INSERT INTO t FROM INFILE '/etc/passwd' FORMAT CSV", { kind: 'insert' }],
    ['INSERT INTO t VALUES (1)', { kind: 'insert' }],
    ['INSERT INTO t SELECT a FROM u FORMAT JSON', { kind: 'insert' }],
    ['WITH 1 AS x INSERT INTO t SELECT x', { kind: 'command' }],
  ])('reads %j', (sql, expected) => {
    expect(readStatement(sql)).toEqual(expected);
  });

  it('finds where rows begin and what was written before them', () => {
    const sql =
      'insert into `a b`.t (x, `format`) settings async_insert=1 format JSONEachRow {"x":"; SELECT"}';
    const insert = readStatement(sql);
    expect(insert).toMatchObject({
      kind: 'data-insert',
      settings: 'settings async_insert=1 ',
      format: 'JSONEachRow',
    });
    if (insert.kind !== 'data-insert') throw new Error('not reached');
    expect(insert.head).toBe('insert into `a b`.t (x, `format`) ');
    expect(sql.slice(insert.dataStart)).toBe(' {"x":"; SELECT"}');
    expect(insertFromFile(insert, "/it's")).toContain(
      "FROM INFILE '/it\\'s' COMPRESSION 'none' settings async_insert=1",
    );
  });

  it.each(['SELECT 1; DROP TABLE t', 'SELECT 1;;', "SELECT '\\'; x'; SELECT 2"])(
    'refuses several statements: %j',
    (sql) => {
      expect(() => readStatement(sql)).toThrow(StoreError);
    },
  );

  it('refuses an empty query', () => {
    expect(() => readStatement(' -- nothing\n')).toThrow('Empty query');
  });
});
