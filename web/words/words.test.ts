import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allocationRole, deviceType } from '#addresses/contract';
import { roleName } from '#auth/contract';
import { findingState, nameOfRule, ruleNames, severity } from '#findings/contract';
import { addressee, incidentState } from '#incidents/contract';
import { rowKind } from '#logs/contract';
import { channelKind, deliveryState, messageKind, receiptLevel } from '#notify/contract';
import { scanRules } from '#scan/contract';
import { siteHealth } from '#sites/contract';
import { verdict } from '#trace/contract';
import {
  callResult,
  certificateState,
  exceptionState,
  fiveFlag,
  fiveState,
  groupRole,
  ownership,
  post,
  schoolType,
  unitChangeKind,
  unitChangeState,
  unitKind,
  unitState,
} from '#units/contract';
import { checkState, wordTier } from '#watch/contract';
import { en } from './en/index.ts';
import { zh } from './zh/index.ts';

type Catalogue = { readonly [key: string]: string | Catalogue };

function flatten(catalogue: Catalogue, prefix = ''): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [key, value] of Object.entries(catalogue)) {
    if (typeof value === 'string') flat.set(`${prefix}${key}`, value);
    else for (const [inner, text] of flatten(value, `${prefix}${key}.`)) flat.set(inner, text);
  }
  return flat;
}

const marksOf = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort();

describe('the catalogues', () => {
  const chinese = flatten(zh);
  const english = flatten(en);

  it('have the same keys in Chinese and English', () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort());
    expect(chinese.size).toBeGreaterThan(400);
  });

  it('use the same marks in both languages', () => {
    const different = [...chinese].filter(
      ([key, text]) => marksOf(text).join() !== marksOf(english.get(key) ?? '').join(),
    );
    expect(different).toEqual([]);
  });

  it('have no empty text', () => {
    const empty = [...chinese, ...english].filter(([, text]) => text.trim() === '');
    expect(empty).toEqual([]);
  });

  it('have no Chinese left in English, but for the name of the language itself and example numbers', () => {
    const left = [...english].filter(
      ([key, text]) => /\p{Script=Han}/u.test(text) && key !== 'prefs.switchToChinese',
    );
    expect(left).toEqual([]);
  });

  it.each([
    ['role', roleName.options],
    ['unitKind', unitKind.options],
    ['unitState', unitState.options],
    ['unitChangeKind', unitChangeKind.options],
    ['unitChangeState', unitChangeState.options],
    ['schoolType', schoolType.options],
    ['ownership', ownership.options],
    ['post', post.options],
    ['siteHealth', siteHealth.options],
    ['checkState', checkState.options],
    ['severity', severity.options],
    ['findingState', findingState.options],
    ['incidentState', incidentState.options],
    ['addressee', addressee.options],
    ['receiptLevel', receiptLevel.options],
    ['messageKind', messageKind.options],
    ['messageChannel', channelKind.options],
    ['deliveryState', deliveryState.options],
    ['verdict', verdict.options],
    ['allocationRole', allocationRole.options],
    ['deviceType', deviceType.options],
    ['wordTier', wordTier.options],
    ['rowKind', rowKind.options],
    ['groupRole', groupRole.options],
    ['certificateState', certificateState.options],
    ['callResult', callResult.options],
    ['exceptionState', exceptionState.options],
    ['fiveFlag', fiveFlag.options],
    ['fiveState', fiveState.options],
  ] as const)('have words for every value of %s', (name, values) => {
    expect(Object.keys(zh.enums[name]).sort()).toEqual([...values].sort());
  });

  it('have words for every rule of the scan and of the watch, and for a category that a bureau made up', () => {
    const without = [...scanRules, ...rulesOfWatch()].filter((rule) => !ruleNames.has(rule));
    expect(without).toEqual([]);
    expect(nameOfRule('term.校规')).toEqual({ zh: '有害词语 · 校规', en: 'Harmful term · 校规' });
    expect(nameOfRule('exposure.newest').zh).toBe('不该公开的文件');
    expect(nameOfRule('newest.rule').zh).toBe('newest.rule');
    expect(nameOfRule('constructor').zh).toBe('constructor');
  });
});

/** The rules that the sources of the watch name (its contract has no list): strings that begin with a family's name. */
function rulesOfWatch(): string[] {
  const families = [...ruleNames.keys()].filter((rule) => !rule.includes('.'));
  const rule = new RegExp(`'((?:${families.join('|')})\\.[a-z_-]+)'`, 'g');
  const folder = new URL('../../src/modules/watch/', import.meta.url);
  const rules = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .flatMap((path) => [...readFileSync(new URL(path, folder), 'utf8').matchAll(rule)])
    .map((match) => match[1]!);
  if (rules.length < 30)
    throw new Error(`only ${rules.length} rules were recognised in the sources of the watch`);
  return rules;
}
