import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Post } from './contract.ts';
import { addDays, addWorkingDays, controls, daysBetween, holdsOn, overlaps } from './rules-posts.ts';
import { type UnitsBench, unitsBench } from './testing.ts';

const first = '2026-01-01';
const dayOf = (n: number) => addDays(first, n);
const horizon = 24;
const dayNumber = fc.integer({ min: 0, max: horizon - 2 });
const span = fc.tuple(dayNumber, fc.option(fc.integer({ min: 1, max: 10 }))).map(([start, length]) => ({
  startsOn: dayOf(start),
  endsOn: length === null ? null : dayOf(start + length),
}));

describe('days of posts', () => {
  it('overlap exactly when a day is in both', () => {
    fc.assert(
      fc.property(span, span, (a, b) => {
        const days = Array.from({ length: 60 }, (_, n) => dayOf(n));
        expect(overlaps(a, b)).toBe(days.some((day) => holdsOn(a, day) && holdsOn(b, day)));
      }),
    );
  });

  it('count working days past weekends', () => {
    expect(addWorkingDays('2026-06-05', 5)).toBe('2026-06-12');
    expect(addWorkingDays('2026-06-06', 5)).toBe('2026-06-12');
    expect(daysBetween('2026-02-27', '2026-03-01')).toBe(2);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 900 }), fc.integer({ min: 1, max: 30 }), (n, count) => {
        const from = dayOf(n);
        const to = addWorkingDays(from, count);
        const between = Array.from({ length: daysBetween(from, to) }, (_, i) => addDays(from, i + 1));
        const working = between.filter((day) => ![0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay()));
        expect([working.length, working.at(-1)]).toEqual([count, to]);
      }),
    );
  });
});

/** The naive model: every belief as it was, in plain lists. */
interface Belief {
  readonly person: number;
  readonly post: Post;
  readonly startsOn: string;
  readonly endsOn: string | null;
}
interface Line {
  id: string;
  /** Since when (a count of steps) what was believed; null: withdrawn. */
  readonly beliefs: { readonly since: number; readonly belief: Belief | null }[];
}

const posts: readonly Post[] = ['network_admin', 'security_officer', 'duty'];
const command = fc.oneof(
  fc.record({
    act: fc.constant('appoint' as const),
    person: fc.nat(2),
    post: fc.constantFrom(...posts),
    span,
  }),
  fc.record({ act: fc.constant('end' as const), line: fc.nat(9), day: dayNumber }),
  fc.record({ act: fc.constant('correct' as const), line: fc.nat(9), span }),
  fc.record({ act: fc.constant('withdraw' as const), line: fc.nat(9) }),
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

const nowOf = (line: Line) => line.beliefs.at(-1)!.belief;
const clash = (a: Belief, b: Belief) =>
  a.person === b.person && (a.post === b.post || controls(a.post, b.post)) && overlaps(a, b);

/** What the model makes of a command: the belief that follows, `null` for a withdrawal, `undefined` when refused. */
function foresee(
  lines: readonly Line[],
  one: Command,
): { line: Line | null; belief: Belief | null } | undefined {
  const fits = (belief: Belief, line: Line | null) =>
    (belief.endsOn === null || belief.endsOn > belief.startsOn) &&
    lines.every((other) => other === line || !nowOf(other) || !clash(nowOf(other)!, belief));
  if (one.act === 'appoint') {
    const belief = { person: one.person, post: one.post, ...one.span };
    return fits(belief, null) ? { line: null, belief } : undefined;
  }
  const line = lines[one.line];
  const before = line ? nowOf(line) : null;
  if (!line || !before) return undefined;
  if (one.act === 'withdraw') return { line, belief: null };
  if (one.act === 'correct') {
    const belief = { ...before, ...one.span };
    return fits(belief, line) ? { line, belief } : undefined;
  }
  const endsOn = dayOf(one.day);
  if (endsOn <= before.startsOn || (before.endsOn !== null && before.endsOn <= endsOn)) return undefined;
  return { line, belief: { ...before, endsOn } };
}

describe('who was responsible on a day', () => {
  let bench: UnitsBench;
  const people: string[] = [];
  beforeAll(async () => {
    bench = await unitsBench();
    await bench.upload(
      'east',
      'A,安示例,east-2,教师,,,2025-01-01,,\nB,白示例,east-2,教师,,,2025-01-01,,\nC,陈示例,east-2,教师,,,2025-01-01,,\n',
    );
    for (const no of ['A', 'B', 'C']) people.push(await bench.idOf(no));
  }, 120_000);
  afterAll(() => bench?.close());

  /** The call that carries a command out. */
  function requestOf(lines: readonly Line[], one: Command): [string, object] {
    if (one.act === 'appoint') {
      const { startsOn, endsOn } = one.span;
      const body = { personId: people[one.person], unitId: bench.units['east-1'], post: one.post, startsOn };
      return ['/api/appointments', endsOn ? { ...body, endsOn } : body];
    }
    const url = `/api/appointments/${lines[one.line]?.id ?? people[0]}`;
    if (one.act === 'end') return [`${url}/end`, { endsOn: dayOf(one.day) }];
    if (one.act === 'correct') return [`${url}/correction`, { ...one.span, reason: '更正' }];
    return [`${url}/withdrawal`, { reason: '作废' }];
  }

  it('is what a naive model says, after any sequence of appointments, ends and corrections, as known at any step', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(command, { minLength: 3, maxLength: 14 }),
        fc.nat(horizon - 1),
        async (commands, probe) => {
          const lines: Line[] = [];
          const steps: Date[] = [];
          for (const [step, one] of commands.entries()) {
            await bench.app.advance(1000);
            const expected = foresee(lines, one);
            // They are at home in the sister school, so the county appoints them.
            const reply = await bench.send('east', 'POST', ...requestOf(lines, one));
            expect([one, reply.status < 300]).toEqual([one, expected !== undefined]);
            if (expected) {
              const entry = { since: step, belief: expected.belief };
              if (expected.line) expected.line.beliefs.push(entry);
              else lines.push({ id: reply.body.id, beliefs: [entry] });
            }
            steps.push(bench.app.clock.now());
          }
          for (const [step, at] of steps.entries()) {
            for (const day of [dayOf(probe), dayOf((probe * 7 + step) % horizon)]) {
              expect(await asked(day, at)).toEqual(modelled(lines, day, step));
            }
          }
          await bench.app.advance(1000);
          for (const line of lines.filter(nowOf)) {
            await bench.send('east', 'POST', `/api/appointments/${line.id}/withdrawal`, { reason: '下一轮' });
          }
        },
      ),
      { numRuns: 12 },
    );
  }, 240_000);

  async function asked(day: string, knownAt: Date): Promise<string[]> {
    const url = `/api/units/${bench.units['east-1']}/responsible?on=${day}&knownAt=${knownAt.toISOString()}`;
    const { items } = (await bench.get('teacher', url)).body;
    return items
      .map((one: { post: string; personId: string }) => `${one.post} ${people.indexOf(one.personId)}`)
      .sort();
  }

  function modelled(lines: readonly Line[], day: string, step: number): string[] {
    const believed = lines.map(
      ({ beliefs }) => beliefs.filter(({ since }) => since <= step).at(-1)?.belief ?? null,
    );
    return believed
      .filter((belief) => belief !== null && holdsOn(belief, day))
      .map((belief) => `${belief!.post} ${belief!.person}`)
      .sort();
  }
});
