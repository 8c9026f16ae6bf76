import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countInWords } from './rule-words.ts';
import { hostsToBlock, isLate, mayClose, rolesAt, stateOf, stepTimes } from './rules.ts';

const open = { closed_at: null, dismissed_at: null, contained_at: null };
const at = (text: string) => new Date(text);

describe('the state of an incident', () => {
  it('follows from what happened', () => {
    expect(stateOf(open)).toBe('responding');
    expect(stateOf({ ...open, contained_at: at('2026-01-01') })).toBe('contained');
    expect(stateOf({ ...open, contained_at: at('2026-01-01'), closed_at: at('2026-01-02') })).toBe('closed');
    expect(stateOf({ ...open, dismissed_at: at('2026-01-01') })).toBe('dismissed');
  });

  it('lets it close only when contained and acknowledged by everyone', () => {
    const contained = { ...open, contained_at: at('2026-01-01') };
    const acknowledged = { acknowledged_at: at('2026-01-01') };
    const waiting = { acknowledged_at: null };
    expect(mayClose(open, [acknowledged, acknowledged])).toBe(false);
    expect(mayClose(contained, [acknowledged, waiting])).toBe(false);
    expect(mayClose(contained, [])).toBe(false);
    expect(mayClose(contained, [acknowledged, acknowledged])).toBe(true);
  });
});

describe('lateness', () => {
  it('is for good once the deadline passed, and not a millisecond before', () => {
    const due = at('2026-01-01T02:00:00.000Z');
    expect(isLate({ due_at: due, acknowledged_at: null }, at('2026-01-01T02:00:00.000Z'))).toBe(false);
    expect(isLate({ due_at: due, acknowledged_at: null }, at('2026-01-01T02:00:00.001Z'))).toBe(true);
    expect(isLate({ due_at: due, acknowledged_at: at('2026-01-01T01:00:00Z') }, at('2027-01-01'))).toBe(
      false,
    );
    expect(isLate({ due_at: due, acknowledged_at: at('2026-01-01T03:00:00Z') }, at('2026-01-01'))).toBe(true);
  });
});

describe('escalation', () => {
  it('has each minute once, in order, at its absolute time', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1440 })), (minutes) => {
        const t0 = at('2026-03-29T00:30:00Z');
        const steps = stepTimes(t0, minutes);
        expect(steps.map((step) => step.minute)).toEqual([...new Set(minutes)].sort((a, b) => a - b));
        for (const { minute, dueAt } of steps) expect(dueAt.getTime() - t0.getTime()).toBe(minute * 60_000);
      }),
    );
  });

  it('reaches ever more people, never fewer', () => {
    const sizes = [0, 29, 30, 59, 60, 119, 120].map((minute) => rolesAt(minute, 120).length);
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
    expect(rolesAt(90, 120)).toContain('city_officer');
  });
});

describe('the hosts to block', () => {
  it('are the page’s own and those its hidden links lead to, once, and never an address of a private range', () => {
    const links = [
      'http://www.lucky-bet.example/a',
      'https://www.lucky-bet.example/b',
      null,
      'not a url',
      'http://10.1.2.3/',
    ];
    expect(hostsToBlock('http://www.school.example:8080/x', links)).toEqual([
      'www.school.example',
      'www.lucky-bet.example',
    ]);
    expect(hostsToBlock('http://127.0.0.1:8080/', [])).toEqual([]);
    expect(hostsToBlock(null, [])).toEqual([]);
  });
});

describe('the words of a report', () => {
  it('count what was found in Chinese, and keep an unknown rule as it is', () => {
    const rules = ['personal.id-card', 'hidden-link.marquee-1px', 'personal.id-card', 'new.rule'];
    expect(countInWords(rules)).toBe('身份证号泄露 2 处、隐藏链接（暗链） 1 处、new.rule 1 处');
  });
});
