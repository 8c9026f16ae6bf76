/**
 * `npm run bench -- trace-truth [SEED] [QUESTIONS] [harsh]`: simulated cities are asked about themselves, 34,000 questions a city
 * (default 102,000 in three cities, of the seeds from SEED on), with something of every fault (`knobs.ts`); cities of even
 * seeds pass New Year. Nobody may be named wrongly as proven. What was wrong or missed is told with an example each on stderr.
 */
import { harsh, mixed } from '../test/support/city-sim/knobs.ts';
import { scoreAnswers, tellScore } from '../test/support/city-sim/score.ts';
import { runTruth } from '../test/support/city-sim/truth-run.ts';
import { type Figure, rounded } from './figure.ts';

const perCity = 34_000;
const starts = ['2026-12-31T12:00:00Z', '2026-11-22T00:00:00Z'] as const;

export async function run(args: readonly string[]): Promise<Figure[]> {
  const first = Number(args[0] ?? 1);
  const wanted = Number(args[1] ?? 102_000);
  if (!Number.isInteger(first) || !Number.isInteger(wanted) || wanted < 1)
    throw new RangeError('npm run bench -- trace-truth [SEED] [QUESTIONS] [harsh]');
  const knobs = args[2] === 'harsh' ? harsh : mixed;
  const sum = {
    questions: 0,
    wrongProven: 0,
    wrongProbable: 0,
    probable: 0,
    provable: 0,
    named: 0,
    proven: 0,
  };
  for (let seed = first; sum.questions < wanted; seed += 1) {
    const questions = Math.min(perCity, wanted - sum.questions);
    const from = Date.parse(starts[seed % 2]!);
    const size = { schools: 14, hosts: 10, hours: 8, perHour: 30 };
    const { pairs } = await runTruth({ seed, ...size, questions, from, knobs });
    const score = scoreAnswers(pairs);
    process.stderr.write(`${tellScore(`seed ${seed}`, score)}\n`);
    sum.questions += score.questions;
    sum.wrongProven += score.wrongProven.length;
    sum.wrongProbable += score.wrongProbable.length;
    sum.probable += score.verdicts.probable;
    sum.provable += score.provable;
    sum.named += score.named;
    sum.proven += score.proven;
  }
  const share = (part: number, of: number) => rounded(of === 0 ? 0 : (100 * part) / of);
  const base = {
    peer: null,
    command: `npm run bench -- trace-truth ${[first, wanted, ...args.slice(2)].join(' ')}`,
  };
  const wrong = share(sum.wrongProbable, sum.probable);
  const named = share(sum.named, sum.provable);
  return [
    { ...base, name: 'questions', value: sum.questions, unit: 'asked', bar: null, holds: null },
    {
      ...base,
      name: 'wrong at proven',
      value: sum.wrongProven,
      unit: 'names',
      bar: 0,
      holds: sum.wrongProven === 0,
    },
    { ...base, name: 'wrong at probable', value: wrong, unit: '%', bar: 0.1, holds: wrong <= 0.1 },
    { ...base, name: 'provable, named rightly', value: named, unit: '%', bar: 95, holds: named >= 95 },
    {
      ...base,
      ...{ name: 'provable, named rightly as proven', value: share(sum.proven, sum.provable) },
      ...{ unit: '%', bar: null, holds: null },
    },
  ];
}
