import { describe, expect, it } from 'vitest';
import { reportIncident } from '#incidents/contract';
import { DOCUMENT_BYTES_MAX } from '#watch/contract';
import { changedFields } from './audit/changed-fields.ts';
import { isTooLarge } from './documents/file-report.tsx';
import { incidentsAbout, waitsForBag } from './findings/incidents-about.ts';
import { readProof, remedyOf } from './findings/remedy.ts';
import { reportFromDraft } from './incidents/report-draft.ts';
import { bucketTotals } from './logs/bucket-totals.ts';
import { filterFromValues } from './logs/log-filter.ts';
import { splitTyped } from './trace/typed-address.ts';
import { levelsByFamily, levelsOf } from './watch/rule-levels.ts';
import { changesOf, countEdits, readPending, type Word, withEdit } from './watch/word-edits.ts';
import { countHits } from './watch/word-test.tsx';

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

describe('changes of the word list that are not submitted yet', () => {
  const word = (term: string, category = '赌博'): Word => ({ term, category, tier: 'ban', allow: [] });

  it('add, change and remove, and what ends as it was is no change', () => {
    let edits = withEdit({}, null, word('丁'));
    edits = withEdit(edits, word('乙'), { ...word('乙'), note: '改' });
    edits = withEdit(edits, word('丙'), null);
    expect(changesOf(edits)).toEqual({
      upserts: [word('丁'), { ...word('乙'), note: '改' }],
      removals: [{ term: '丙', category: '赌博' }],
    });
    expect(countEdits(edits)).toBe(3);
    edits = withEdit(edits, word('丁'), null);
    edits = withEdit(edits, { ...word('乙'), note: '改' }, word('乙'));
    expect(countEdits(edits)).toBe(1);
  });

  it('let a term that moves to another category leave the first', () => {
    expect(changesOf(withEdit({}, word('乙'), word('乙', '诈骗')))).toEqual({
      upserts: [word('乙', '诈骗')],
      removals: [{ term: '乙', category: '赌博' }],
    });
  });
});

describe('kept changes of the word list', () => {
  it('come back as they went, and what another version of the page kept is none', () => {
    const word: Word = { term: '丁', category: '赌博', tier: 'ban', allow: [], pinyin: false };
    const pending = { edits: withEdit({}, null, word), note: '通报', version: 3 };
    expect(readPending(JSON.parse(JSON.stringify(pending)))).toEqual(pending);
    expect(readPending({ ...pending, edits: { x: { after: '丁' } } })).toBeUndefined();
    expect(readPending({ note: '通报' })).toBeUndefined();
  });
});

describe('the incidents that a finding leads to', () => {
  const about = { siteId: 's1', url: 'http://a.example/x' };
  const one = { siteId: 's1', url: 'http://a.example/' as string | null, state: 'responding' as const };
  const bag = { bag: 'b', file: 'b.zip', sha256: '00' };

  it('are those of its website while they are open, and of its page when they are closed', () => {
    const others = [
      { ...one, siteId: 's2', evidence: [] },
      { ...one, state: 'closed' as const, evidence: [] },
      { ...one, state: 'dismissed' as const, url: about.url, evidence: [] },
    ];
    const wanted = [
      { ...one, evidence: [] },
      { ...one, state: 'closed' as const, url: about.url, evidence: [bag] },
    ];
    expect(incidentsAbout(about, [...others, ...wanted])).toEqual(wanted);
    expect(incidentsAbout({ ...about, siteId: null }, wanted)).toEqual([]);
  });

  it('warn before deleting until a bag is sealed, where there is a page to seal', () => {
    expect(waitsForBag({ ...one, evidence: [] })).toBe(true);
    expect(waitsForBag({ ...one, evidence: [bag] })).toBe(false);
    expect(waitsForBag({ ...one, url: null, evidence: [] })).toBe(false);
    expect(waitsForBag({ ...one, state: 'contained', evidence: [] })).toBe(false);
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

describe('a finding of the network', () => {
  const device = '019a9e2b-6f00-7000-8000-0000000000aa';
  it.each([
    ['stolen-address', 'main/10.1.4.20/00:00:5e:00:53:01', { to: '/devices', search: { q: '10.1.4.20' } }],
    ['duplicate-address', 'main/2001:db8::1/a+b', { to: '/devices', search: { q: '2001:db8::1' } }],
    ['moved-device', `${device}/00:00:5e:00:53:01/port`, { to: '/devices/$id', params: { id: device } }],
    ['unseen-device', device, { to: '/devices/$id', params: { id: device } }],
    ['outside-allocation', 'main/172.16.9.0/24', { to: '/allocations' }],
    [
      'unregistered-device',
      'main/00:00:5e:00:53:01',
      { to: '/devices/discovered', search: { q: '00:00:5e:00:53:01' } },
    ],
    ['random-mac', 'all', { to: '/devices/discovered', search: { random: 'true' } }],
  ])('of kind %s leads to where it is mended', (kind, subject, place) => {
    const url = `${kind}:city.east.east-1:${subject}`;
    expect(remedyOf({ kind, rule: `addresses.${kind}`, url })).toMatchObject({ key: kind, ...place });
  });

  it('of a drill leads there by its reason, one of a website nowhere', () => {
    const told = { kind: 'trace', rule: 'trace.drill.gap', url: '/trace/drills?unit=a' };
    expect(remedyOf(told)).toMatchObject({ key: 'drill_gap', to: '/logs/completeness' });
    expect(remedyOf({ kind: 'term', rule: 'term:1', url: 'http://school.example/' })).toBeUndefined();
  });

  it('has its evidence in words, and keeps a line that is written otherwise as it is', () => {
    expect(
      readProof('arp #7 10.1.5.1 00:00:5e:00:81:01 2026-06-01 10:00:00 – 2026-06-01 11:00:00 1:2'),
    ).toMatchObject({ kind: 'arp', sourceId: '7', last: '2026-06-01 11:00:00', segment: '1', record: '2' });
    expect(readProof('203.0.113.1 61001/tcp 2026-11-22T06:15:00.000Z')).toBeUndefined();
  });
});

describe('an address typed into a field', () => {
  it('may have full-width digits and its port behind it, which goes to its own field', () => {
    expect(splitTyped('２０３．０．１１３．１３０', undefined)).toEqual({ ip: '203.0.113.130' });
    expect(splitTyped(' 203.0.113.130：20049 ', null)).toEqual({ ip: '203.0.113.130', port: 20049 });
    expect(splitTyped('[2001:db8::1]:443', 443)).toEqual({ ip: '2001:db8::1', port: 443 });
    expect(splitTyped('::ffff:203.0.113.130', undefined)).toEqual({ ip: '::ffff:203.0.113.130' });
  });

  it('does not write over another port, nor take one that is none', () => {
    expect(splitTyped('203.0.113.130:20049', 443)).toBeUndefined();
    expect(splitTyped('203.0.113.130:65536', undefined)).toBeUndefined();
  });
});

describe('levels of rules', () => {
  it('are shown by family and go back as they came', () => {
    const levels = { 'tls.expired': 'high', 'tls.no_https': 'advice', 'dns.changed_address': 'off' } as const;
    expect(levelsByFamily(levels)).toEqual({
      tls: { expired: 'high', no_https: 'advice' },
      dns: { changed_address: 'off' },
    });
    expect(levelsOf(levelsByFamily(levels))).toEqual(levels);
  });
});

it('a word that is recognised and let pass is no hit of the word test', () => {
  const hits = [{ suppressed: null }, { suppressed: 'allow:反赌博' }];
  expect(countHits(hits)).toEqual({ reported: 1, passed: 1 });
  expect(countHits([])).toEqual({ reported: 0, passed: 0 });
});

it('a file is sent for checking up to the very size that the server takes', () => {
  expect([DOCUMENT_BYTES_MAX, DOCUMENT_BYTES_MAX + 1].map((size) => isTooLarge({ size }))).toEqual([
    false,
    true,
  ]);
});
