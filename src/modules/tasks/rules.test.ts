/** The machine of a task against every sequence of acts by anybody. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Act } from './contract.ts';
import {
  type ActRecord,
  allowedActs,
  decideAct,
  evolve,
  isLegalBasis,
  isRefusal,
  isSigned,
  type TaskCore,
  type Who,
} from './rules.ts';

const unit = 'u1';
const people = ['a', 'b', 'c', 'd', 'e'] as const;
const start = new Date('2026-06-01T02:00:00Z');

/** Who fulfils which key changes as people come and go. */
const everyKey = [
  `post:${unit}:leader`,
  `role:${unit}:school_teacher`,
  ...people.map((one) => `account:${one}`),
];

const assignee = fc.oneof(
  fc.constant({ post: 'leader' as const }),
  fc.constant({ role: 'school_teacher' }),
  fc.constantFrom(...people).map((accountId) => ({ accountId })),
);

const anyAct: fc.Arbitrary<Act> = fc.oneof(
  fc.constantFrom<Act>(
    { act: 'claim' },
    { act: 'give_back' },
    { act: 'finish', answer: '' },
    { act: 'return', reason: '不归我', field: '' },
    { act: 'reissue', note: '' },
    { act: 'recall' },
    { act: 'sign', note: '' },
    { act: 'send_back', reason: '不全', field: '附件' },
    { act: 'comment', text: '看到' },
    { act: 'withdraw', reason: '不需要了' },
  ),
  assignee.map((to): Act => ({ act: 'transfer', to, reason: '出差' })),
  fc
    .record({ accountId: fc.constantFrom(...people), hours: fc.integer({ min: -2, max: 48 }) })
    .map(({ accountId, hours }): Act => {
      const until = new Date(start.getTime() + hours * 3_600_000).toISOString();
      return { act: 'delegate', accountId, until };
    }),
  fc
    .record({ signer: assignee, rule: fc.constantFrom('all' as const, 'any' as const) })
    .map(({ signer, rule }): Act => ({ act: 'add_signer', signer, rule })),
);

interface Step {
  readonly actor: string;
  readonly input: Act;
  readonly hours: number;
  /** Who holds the post and the role at this step. */
  readonly leader: string;
  readonly teachers: readonly string[];
}

const steps = fc.array(
  fc.record<Step>({
    actor: fc.constantFrom(...people),
    input: anyAct,
    hours: fc.integer({ min: 0, max: 6 }),
    leader: fc.constantFrom(...people),
    teachers: fc.subarray([...people], { minLength: 1 }),
  }),
  { maxLength: 60 },
);

const newTask = fc.record<TaskCore>({
  state: fc.constant('open'),
  holderKey: fc.constantFrom(...everyKey),
  claimedBy: fc.constant(null),
  delegate: fc.constant(null),
  askedBy: fc.constantFrom(null, 'e'),
  author: fc.constantFrom(null, 'a'),
  byMachine: fc.boolean(),
  signRule: fc.constantFrom('none', 'all', 'any'),
  signers: fc.constant([`post:${unit}:leader`]),
  signed: fc.constant([]),
  doneBy: fc.constant(null),
  round: fc.constant(0),
});

function keysAt(step: Step, person: string): Set<string> {
  const keys = new Set([`account:${person}`]);
  if (step.leader === person) keys.add(`post:${unit}:leader`);
  if (step.teachers.includes(person)) keys.add(`role:${unit}:school_teacher`);
  return keys;
}

function whoAt(step: Step, person: string, task: TaskCore, now: Date): Who {
  const claimerHolds = task.claimedBy !== null && keysAt(step, task.claimedBy).has(task.holderKey);
  const asks = task.askedBy !== null && task.askedBy === person;
  return { id: person, keys: keysAt(step, person), now, claimerHolds, asks, sees: true };
}

/** Plays the steps; calls `check` with every change. Returns the records that were allowed. */
function play(
  first: TaskCore,
  all: readonly Step[],
  check: (before: TaskCore, after: TaskCore, record: ActRecord, step: Step, now: Date) => void,
): { records: ActRecord[]; last: TaskCore } {
  let task = first;
  let now = start;
  const records: ActRecord[] = [];
  for (const step of all) {
    now = new Date(now.getTime() + step.hours * 3_600_000);
    const decided = decideAct(task, step.input, whoAt(step, step.actor, task, now), unit);
    if (isRefusal(decided)) continue;
    const after = evolve(task, decided);
    check(task, after, decided, step, now);
    records.push(decided);
    task = after;
  }
  return { records, last: task };
}

describe('any sequence of acts by anybody', () => {
  it('never leaves a task with two holders, nor done without what it needs', () => {
    fc.assert(
      fc.property(newTask, steps, (first, all) => {
        play(first, all, (before, after, record, step, now) => {
          // One has it, or nobody; a stand-in is somebody else, and only of one who has it.
          expect(after.state === 'open' ? after.claimedBy : null).toBeNull();
          if (after.state === 'claimed') expect(after.claimedBy).not.toBeNull();
          if (after.delegate) expect(after.delegate.id).not.toBe(after.claimedBy);
          // Nobody works on what they themselves proposed.
          if (first.author !== null) {
            expect([after.claimedBy, after.doneBy, after.delegate?.id]).not.toContain(first.author);
          }
          // Done means: handed in, and countersigned by others as the rule demands.
          if (after.state === 'done' && before.state !== 'done') {
            expect(after.doneBy).not.toBeNull();
            expect(isSigned(after)).toBe(true);
            expect(first.byMachine).toBe(false);
          }
          if (record.act === 'sign') expect(record.actorId).not.toBe(before.doneBy);
          // What another one has is taken from them only when they left the post.
          if (record.act === 'claim' && before.claimedBy !== null) {
            expect(keysAt(step, before.claimedBy).has(before.holderKey)).toBe(false);
          }
          // Only who fulfils the key, or stands in for a while, hands in.
          if (record.act === 'finish' && !keysAt(step, record.actorId).has(before.holderKey)) {
            expect(before.delegate?.id).toBe(record.actorId);
            expect(before.delegate!.until.getTime()).toBeGreaterThan(now.getTime());
          }
        });
      }),
      { numRuns: 3000 },
    );
  });

  it('is told again from its history alone', () => {
    fc.assert(
      fc.property(newTask, steps, (first, all) => {
        const { records, last } = play(first, all, () => undefined);
        const stored = JSON.parse(JSON.stringify(records)) as ActRecord[];
        expect(stored.reduce(evolve, first)).toEqual(last);
      }),
      { numRuns: 1000 },
    );
  });

  it('lets nobody weaken the countersigning but who asked', () => {
    fc.assert(
      fc.property(newTask, steps, (first, all) => {
        play(first, all, (before, after, record) => {
          if (before.signRule === 'all' && after.signRule !== 'all')
            expect(record.actorId).toBe(first.askedBy);
        });
      }),
      { numRuns: 1000 },
    );
  });

  it('offers exactly what it then allows', () => {
    fc.assert(
      fc.property(newTask, steps, fc.constantFrom(...people), (first, all, person) => {
        const { last } = play(first, all, () => undefined);
        const step: Step = { actor: person, input: { act: 'claim' }, hours: 0, leader: 'b', teachers: ['c'] };
        const who = whoAt(step, person, last, start);
        for (const act of ['claim', 'give_back', 'finish', 'sign', 'withdraw'] as const) {
          const input = { act, answer: '', note: '', reason: '不用' } as Act;
          expect(allowedActs(last, who, unit).includes(act)).toBe(
            !isRefusal(decideAct(last, input, who, unit)),
          );
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a legal basis', () => {
  it.each([
    '丽教办发〔2009〕57号',
    '教办[2026]12号',
    '《中华人民共和国网络安全法》第二十三条',
    'D38',
    '通知第三条（D38）',
  ])('is %s', (text) => {
    expect(isLegalBasis(text)).toBe(true);
  });

  it.each(['', '领导要求', '工作需要', 'D56', 'D0', 'AD3', '第三条', '《网络安全法》', '2026年12号'])(
    'is not “%s”',
    (text) => {
      expect(isLegalBasis(text)).toBe(false);
    },
  );
});
