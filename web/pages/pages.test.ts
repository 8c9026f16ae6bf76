import { describe, expect, it } from 'vitest';
import { reportIncident } from '#incidents/contract';
import { changedFields } from './audit/changed-fields.ts';
import { reportFromDraft } from './incidents/report-draft.ts';
import { bucketTotals } from './logs/bucket-totals.ts';
import { filterFromValues } from './logs/log-filter.ts';
import { applyEdits, countEdits, type Word } from './watch/word-edits.ts';

describe('a report of an incident', () => {
  it('may hold a title only', () => {
    const body = reportFromDraft({ title: ' 首页出现赌博链接 ' });
    expect(body).toEqual({ title: '首页出现赌博链接', summary: '', exercise: false });
    expect(reportIncident.body!.safeParse(body).success).toBe(true);
  });

  it('completes an address that was typed without http://', () => {
    expect(reportFromDraft({ url: 'www.school.example/a' }).url).toBe('http://www.school.example/a');
    expect(reportFromDraft({ url: 'https://www.school.example' }).url).toBe('https://www.school.example');
    expect(reportFromDraft({ url: 'javascript:alert(1)' }).url).toBe('javascript:alert(1)');
    expect(
      reportIncident.body!.safeParse(reportFromDraft({ title: '测试标题', url: 'javascript:alert(1)' }))
        .success,
    ).toBe(false);
  });

  it('drops a source without an address and keeps one with it', () => {
    expect(reportFromDraft({ source: { port: 80 } })).not.toHaveProperty('source');
    const at = '2026-11-22T13:00:00.000Z';
    expect(reportFromDraft({ source: { ip: '203.0.113.7', port: null, at } }).source).toEqual({
      ip: '203.0.113.7',
      at,
    });
  });
});

describe('the histogram of the logs', () => {
  const at = (minute: number) => Date.parse('2026-11-22T13:00:00Z') + minute * 60_000;
  const iso = (minute: number) => new Date(at(minute)).toISOString();

  it('sums the kinds and shows a gap as zeros', () => {
    const histogram = {
      bucketSeconds: 60,
      buckets: [
        { at: iso(3), rows: 5 },
        { at: iso(0), rows: 2 },
        { at: iso(0), rows: 1 },
      ],
    };
    expect(bucketTotals(histogram, at(0), at(5)).map((bucket) => bucket.rows)).toEqual([3, 0, 0, 5, 0]);
  });

  it('stays empty without any row instead of inventing an axis', () => {
    expect(bucketTotals({ bucketSeconds: 60, buckets: [] }, at(0), at(5))).toEqual([]);
  });

  it('does not fill a range that would need millions of pieces', () => {
    const histogram = { bucketSeconds: 1, buckets: [{ at: iso(0), rows: 1 }] };
    expect(bucketTotals(histogram, at(0), at(10_000_000))).toHaveLength(1);
  });
});

describe('the conditions of a log search', () => {
  it('are trimmed, and empty ones are left out', () => {
    expect(filterFromValues({ from: 'a', to: 'b', ip: ' 192.0.2.1 ', q: '  ', port: null })).toEqual({
      from: 'a',
      to: 'b',
      ip: '192.0.2.1',
    });
  });
});

describe('unsaved changes of the word list', () => {
  const word = (term: string, category = '赌博'): Word => ({ term, category, tier: 'ban', allow: [] });

  it('keep the place of a changed word, put new ones first and drop removed ones', () => {
    const words = [word('甲'), word('乙'), word('丙')];
    const edits = { 乙: word('乙', '诈骗'), 丙: null, 丁: word('丁') };
    expect(applyEdits(words, edits).map((one) => `${one.term}${one.category}`)).toEqual([
      '丁赌博',
      '甲赌博',
      '乙诈骗',
    ]);
    expect(countEdits(edits)).toBe(3);
  });

  it('survive a word that is named like a property of every object', () => {
    expect(applyEdits([word('constructor')], {}).map((one) => one.term)).toEqual(['constructor']);
  });
});

describe('an audited change', () => {
  it('names the fields that differ and no others', () => {
    expect(changedFields({ a: 1, b: 2 }, { a: 1, b: 3, c: 'x' })).toEqual([
      { field: 'b', before: '2', after: '3' },
      { field: 'c', before: '—', after: 'x' },
    ]);
    expect(changedFields(null, null)).toEqual([]);
  });
});
