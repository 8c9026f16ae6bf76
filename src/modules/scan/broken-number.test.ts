import { describe, expect, it } from 'vitest';
import { createRuleset } from './ruleset.ts';
import { scanHtml } from './scan-html.ts';
import { scanText } from './scan-text.ts';

const ruleset = createRuleset([]);
/** A number of nobody: the day is in the future of its own region's first numbers, its check digit is right. */
const id = '11010519491231002X';
const rulesOf = (text: string) => scanText(text, ruleset).findings.map(({ rule }) => rule);

describe('an identity number with something in it or beside it', () => {
  it.each([
    ['a line end in a narrow cell', '1101051949\n1231002X'],
    ['a line end of Windows and an indent', '11010519491231\r\n  002X'],
    ['line ends between its parts', '110105\n19491231\n002X'],
    ['dots', '110105.19491231.002X'],
    ['middle dots', '110105·19491231·002X'],
    ['slashes', '110105/19491231/002X'],
    ['underscores', '110105_19491231_002X'],
    ['a name before it, as in the name of a file', `张三_${id}.jpg`],
    ['a running number before it', `2026-001-${id}`],
  ])('is found: %s', (_, text) => {
    const { findings } = scanText(`名单 ${text} 完`, ruleset);
    expect(findings.map(({ rule }) => rule)).toEqual(['personal.id-card']);
    expect(findings[0]!.context.replace(/[\s./·_-]/g, '')).not.toContain('19491231');
  });

  it('is found in a cell that breaks it, and told at its place', () => {
    const html = '<table><tr><td>110105<br>19491231<br>002X</td></tr></table>';
    const [finding] = scanHtml(html, ruleset).findings;
    expect(finding).toMatchObject({ rule: 'personal.id-card', severity: 'high' });
    expect(html.slice(finding!.start, finding!.end)).toContain('19491231');
  });

  it.each([
    ['a wrong check digit behind a line end', '1101051949\n12310021'],
    ['no day', '1101051949\n1331002X'],
    ['one digit too many', '11101051949\n1231002X'],
    ['two numbers of two lines', '2026110105\n19491231'],
    ['different signs', '110105.19491231/002X'],
    ['a code with letters', `KX${id}`],
    ['a decimal', `0.${id.slice(0, 17)}1`],
    ['digits of a longer number', `9${id.slice(0, 17)}${'0'.repeat(8)}`],
  ])('is not taken for one: %s', (_, text) => expect(rulesOf(`名单 ${text} 完`)).toEqual([]));

  it('costs no more where lines of digits follow each other', () => {
    expect(rulesOf('12345678901234567\n'.repeat(20_000))).toEqual([]);
  });
});
