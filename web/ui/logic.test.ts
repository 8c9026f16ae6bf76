import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bytesText } from './bytes-text.ts';
import { countText, isMore, sumOf } from './count-text.ts';
import { csvCell, csvText } from './csv.ts';
import { lastPage, readListState, writeListState } from './list-state.ts';
import { cutAround, marksInContext } from './marked-text.ts';
import { dateTime, readChinaTime } from './moment.ts';
import { clockText, remainingUntil } from './remaining.ts';
import { cleanValue, readFields } from './schema-fields.ts';
import { fieldRepeated } from './schema-form.tsx';

describe('the countdown', () => {
  const due = Date.parse('2026-11-22T14:00:00Z');

  it('is calm until half an hour before the deadline, then urgent', () => {
    expect(remainingUntil(due, due - 30 * 60_000 - 1).urgency).toBe('calm');
    expect(remainingUntil(due, due - 30 * 60_000).urgency).toBe('urgent');
  });

  it('is over from the deadline itself on and counts up', () => {
    expect(remainingUntil(due, due - 1)).toEqual({ urgency: 'urgent', seconds: 1 });
    expect(remainingUntil(due, due)).toEqual({ urgency: 'over', seconds: 0 });
    expect(remainingUntil(due, due + 61_999)).toEqual({ urgency: 'over', seconds: 61 });
  });

  it('writes hours, minutes and seconds, and days beyond 99 hours', () => {
    expect(clockText(7199)).toBe('1:59:59');
    expect(clockText(0)).toBe('0:00:00');
    expect(clockText(100 * 3600)).toBe('4 d 04:00:00');
  });
});

describe('a page behind the end of a list', () => {
  const rows = [1];
  it('leads to the last one; an empty list and a page with rows stay', () => {
    expect(lastPage({ page: 99_999, size: 20 }, { rows: [], total: 18 })).toBe(1);
    expect(lastPage({ page: 4, size: 20 }, { rows: [], total: 41 })).toBe(3);
    expect(lastPage({ page: 3, size: 20 }, { rows, total: 41 })).toBeUndefined();
    expect(lastPage({ page: 2, size: 20 }, { rows: [], total: 0 })).toBeUndefined();
  });
});

describe('times', () => {
  it('are shown in China Standard Time to the second', () => {
    expect(dateTime('2026-11-22T16:00:05Z')).toBe('2026-11-23 00:00:05');
  });

  it('that cannot be read are a dash, not a wrong date', () => {
    expect(dateTime('soon')).toBe('—');
    expect(dateTime(null)).toBe('—');
  });

  it('are read back from what a person types', () => {
    expect(readChinaTime('2026-11-23T00:00:05')?.toISOString()).toBe('2026-11-22T16:00:05.000Z');
    expect(readChinaTime('2026-11-23 00:00')?.toISOString()).toBe('2026-11-22T16:00:00.000Z');
  });

  it('that no calendar has are refused', () => {
    expect(readChinaTime('2026-02-30 10:00')).toBeUndefined();
    expect(readChinaTime('2026-13-01 10:00')).toBeUndefined();
    expect(readChinaTime('yesterday')).toBeUndefined();
  });
});

describe('a list of which only a beginning is counted', () => {
  it('never shows the beginning as the whole', () => {
    expect(countText({ total: 10_000, capped: true })).toBe('10000+');
    expect(countText({ total: 10_000, capped: false })).toBe('10000');
    expect(countText(sumOf([{ total: 3 }, { total: 10_000, capped: true }]))).toBe('10003+');
  });

  it('has more rows behind those that were loaded', () => {
    expect(isMore({ total: 2000, capped: true }, 2000)).toBe(true);
    expect(isMore({ total: 2000 }, 2000)).toBe(false);
    expect(isMore({ total: 2001 }, 2000)).toBe(true);
  });
});

describe('an exported table', () => {
  it('cannot run a formula in the reader’s spreadsheet', () => {
    expect(csvCell('=HYPERLINK("http://bad.example")')).toBe(`"'=HYPERLINK(""http://bad.example"")"`);
    for (const start of ['+', '-', '@', '\t']) expect(csvCell(`${start}cmd`).replace('"', '')).toMatch(/^'/);
  });

  it('keeps negative numbers as numbers', () => {
    expect(csvCell(-3.5)).toBe('-3.5');
  });

  it('quotes commas, quotes and line breaks', () => {
    expect(csvText(['名称'], [['甲,乙'], ['说"好"'], ['一\n二']])).toBe(
      '\uFEFF名称\r\n"甲,乙"\r\n"说""好"""\r\n"一\n二"\r\n',
    );
  });
});

describe('marked text', () => {
  it('keeps every character of the window and marks the exact place', () => {
    const pieces = cutAround('0123456789', [{ start: 4, end: 6 }], 2);
    expect(pieces.map((piece) => piece.text)).toEqual(['23', '45', '67']);
    expect(pieces.map((piece) => piece.marked)).toEqual([false, true, false]);
  });

  it('joins overlapping marks and cuts those that reach outside', () => {
    const pieces = cutAround(
      'abcdef',
      [
        { start: 2, end: 4 },
        { start: 3, end: 99 },
        { start: -5, end: 0 },
      ],
      10,
    );
    expect(pieces.filter((piece) => piece.marked).map((piece) => piece.text)).toEqual(['cdef']);
  });

  it('shows the beginning when nothing is marked', () => {
    expect(cutAround('abcdef', [], 2)).toEqual([{ start: 0, text: 'abcd', marked: false }]);
  });

  it('marks the occurrence in the middle of a context, not an earlier one', () => {
    const context = '赌场 以前的文字 赌场 以后的文字了';
    expect(marksInContext(context, '赌场')).toEqual([{ start: 9, end: 11 }]);
    expect(marksInContext(context, '不在其中')).toEqual([]);
  });
});

describe('a form made from a schema', () => {
  const schema = z.object({
    name: z.string().trim().min(2).max(100),
    note: z.string().max(200).optional(),
    phone: z.string().nullable(),
    kind: z.enum(['a', 'b']).default('a'),
    port: z.coerce.number().int(),
    at: z.iso.datetime({ offset: true }),
    warn: z.array(z.number().int()),
    rights: z.array(z.string()).default([]),
    on: z.boolean(),
    address: z.union([z.ipv4(), z.ipv6()]),
  });

  it('reads each field’s kind through optional, default and nullable', () => {
    const kinds = Object.fromEntries(readFields(schema).map((field) => [field.name, field.kind]));
    expect(kinds).toEqual({
      name: 'text',
      note: 'text',
      phone: 'text',
      kind: 'select',
      port: 'number',
      at: 'time',
      warn: 'numbers',
      rights: 'tags',
      on: 'switch',
      address: 'other',
    });
  });

  it('asks only for what the schema asks for', () => {
    const required = readFields(schema)
      .filter((field) => field.required)
      .map((field) => field.name);
    expect(required).toEqual(['name', 'phone', 'port', 'at', 'warn', 'on', 'address']);
  });

  it('sends nothing for an empty optional field and null for an empty nullable one', () => {
    expect(cleanValue('  ', { required: false, nullable: false })).toBeUndefined();
    expect(cleanValue('', { required: true, nullable: true })).toBeNull();
    expect(cleanValue(' 甲 ', { required: true, nullable: false })).toBe('甲');
  });

  it('turns typed numbers into numbers and leaves the rest for the schema to refuse', () => {
    const field = { required: true, nullable: false, kind: 'numbers' as const };
    expect(cleanValue(['30', 60, 'ninety'], field)).toEqual([30, 60, 'ninety']);
  });
});

describe('the state of a list', () => {
  it('survives the way through the address', () => {
    const state = {
      page: 3,
      size: 50,
      q: '中学',
      sort: '-name',
      tab: 'grants',
      cols: 'name,url',
      filters: { health: 'faulty' },
    };
    const search = JSON.parse(JSON.stringify(writeListState(state)));
    expect(readListState(search)).toEqual(state);
  });

  it('falls back to its defaults for values that make no sense', () => {
    expect(readListState({ page: '-2', size: '7', sort: 5, q: undefined })).toEqual({
      page: 1,
      size: 20,
      q: '',
      sort: '',
      tab: '',
      cols: '',
      filters: {},
    });
  });
});

describe('a size', () => {
  it('is written in the unit that people read', () => {
    expect([0, 512, 1536, 4_812_345, 5 * 1024 ** 4].map(bytesText)).toEqual([
      '0 B',
      '512 B',
      '1.5 KiB',
      '4.6 MiB',
      '5.0 TiB',
    ]);
  });
});

describe('a refusal of the server', () => {
  const shown = [{ name: 'unitCode' }, { name: 'url' }, { name: 'serverAddress' }];

  it('is about the one field whose value it repeats', () => {
    const sent = { unitCode: 'east-9', url: 'http://a.example/' };
    expect(fieldRepeated({ code: 'east-9' }, shown, sent)).toBe('unitCode');
    expect(fieldRepeated({ host: 'a.example', unit: '示例县第一中学' }, shown, sent)).toBeUndefined();
    expect(fieldRepeated({ value: '' }, shown, { ...sent, serverAddress: '' })).toBeUndefined();
  });

  it('is about none when two have that value', () => {
    const sent = { unitCode: 'x', url: 'x' };
    expect(fieldRepeated({ value: 'x' }, shown, sent)).toBeUndefined();
  });
});
