import { describe, expect, it } from 'vitest';
import type { Term } from './contract.ts';
import { COMPONENTS } from './data/components.ts';
import { OTHER, USUAL } from './data/pinyin.ts';
import { createRuleset, termsInForce } from './ruleset.ts';
import { scanText } from './scan-text.ts';
import { compileTerms } from './term-matcher.ts';

const listOf = (terms: Term[], version = '1') => ({ id: 't', version, source: 'test', terms });
const ban = (term: string, more: Partial<Term> = {}): Term => ({ term, category: 'x', tier: 'ban', ...more });
const scan = (text: string, ...terms: Term[]) =>
  scanText(text, createRuleset([listOf(terms)])).findings.map((one) => [one.text, one.view, one.severity]);

describe('characters written as their parts', () => {
  it('finds every character of the table by its parts, in the original text', () => {
    const matcher = compileTerms(COMPONENTS.map(([character]) => ban(`囍${character}彩囍`)));
    const missed = COMPONENTS.filter(([character, parts]) => {
      const { hits } = matcher.judge(`请看囍${parts}彩囍网`);
      return !hits.some(
        (hit) =>
          hit.term.term.includes(character) &&
          hit.view === 'split' &&
          hit.end - hit.start === parts.length + 3,
      );
    });
    expect(missed).toEqual([]);
  });

  it('finds several of them, with signs between, beside characters that are whole', () => {
    const text = '网络贝者 博、贝 者十専，贝者场';
    expect(scan(text, ban('赌博'), ban('赌场'))).toEqual([
      ['贝者 博', 'split', 'critical'],
      ['贝 者十専', 'split', 'critical'],
      ['贝者场', 'split', 'critical'],
    ]);
    expect(scan('女子篮球队，人人有责', ban('好'), ban('从'))).toEqual([
      ['女子', 'split', 'critical'],
      ['人人', 'split', 'critical'],
    ]);
    expect(scan('女子篮球队，贝者很多', ban('赌博'))).toEqual([]);
  });
});

describe('terms by their sound', () => {
  it('finds long terms without being told, and others when they are marked', () => {
    expect(scan('皇观现金网', ban('皇冠现金网'))).toEqual([['皇观现金网', 'pinyin', 'low']]);
    expect(scan('給校園帶來', ban('校园贷'))).toEqual([]);
    expect(scan('給校園帶來', ban('校园贷', { pinyin: true }))).toEqual([['校園帶', 'pinyin', 'low']]);
    expect(scan('皇观现金网', ban('皇冠现金网', { pinyin: false }))).toEqual([]);
  });

  it('leaves a long term alone that shares no character with the text', () => {
    expect(scan('黄关线近往', ban('皇冠现金网'))).toEqual([]);
    expect(scan('黄关线近往', ban('皇冠现金网', { pinyin: true }))).toEqual([
      ['黄关线近往', 'pinyin', 'low'],
    ]);
  });

  it('reads a character of a term in both its readings', () => {
    const term = ban('银行卡四件套');
    expect(scan('银航卡四件套', term)).toHaveLength(1);
    expect(scan('银形卡四件套', term)).toHaveLength(1);
    expect(USUAL.length + OTHER.length).toBeGreaterThan(7000);
  });

  it('finds marked terms in letters, joined, apart, mixed, with tones and in full width, as whole words', () => {
    const term = ban('赌博', { pinyin: true });
    for (const text of ['dubo', 'du bo', 'dǔ bó', 'ｄｕｂｏ', '赌bo', 'du博']) {
      expect([text, scan(`玩${text}吧`, term).map(([shown]) => shown)]).toEqual([text, [text]]);
    }
    expect(scan('dubois, adubo', term)).toEqual([]);
    expect(scan('dubo', ban('赌博'))).toEqual([]);
  });

  it('takes a sound for more than a hint only where the text has the term itself too', () => {
    expect(scan('皇观现金网，皇冠现金网', ban('皇冠现金网')).map(([, , severity]) => severity)).toEqual([
      'high',
      'high',
    ]);
  });
});

describe('word lists', () => {
  it('leave out terms that have expired, by the day that the caller says', () => {
    const list = listOf([ban('赌博', { expires: '2026-11-23' }), ban('赌场')]);
    const inForce = (day: string) => termsInForce(list, day).terms.map(({ term }) => term);
    expect(inForce('2026-11-23')).toEqual(['赌博', '赌场']);
    expect(inForce('2026-11-24')).toEqual(['赌场']);
  });

  it('are replaced while scans run by giving the next scans another ruleset', () => {
    let current = createRuleset([listOf([ban('赌博')], '1')]);
    const scanNow = () => scanText('赌博，赌场', current).findings.map(({ text, list }) => [text, list]);
    const running = current;
    expect(scanNow()).toEqual([['赌博', 't@1']]);
    current = createRuleset([listOf([ban('赌场')], '2')]);
    expect(scanNow()).toEqual([['赌场', 't@2']]);
    expect(scanText('赌博', running).findings).toHaveLength(1);
  });

  it('of 100,000 terms find each of a sample and nothing in a text without them', () => {
    const terms = Array.from({ length: 100_000 }, (_, at) =>
      ban(
        String.fromCharCode(
          0x4e00 + (at % 5000),
          0x6e00 + Math.floor(at / 5000),
          0x7a00 + (at % 97),
          0x5000 + (at % 89),
        ),
      ),
    );
    const matcher = compileTerms(terms);
    for (const at of [0, 777, 50_000, 99_999]) {
      expect(
        matcher.judge(`文${terms[at]!.term}字`).hits.filter(({ view }) => view === 'strict'),
      ).toHaveLength(1);
    }
    expect(matcher.judge('一二三四五六七'.repeat(100)).hits).toEqual([]);
  });
});
