/**
 * `npm run bench -- trace-truth [SEED] [QUESTIONS]`: simulated cities are asked about themselves, 25,000 questions a city
 * (default 100,000 in four cities, of the seeds from SEED on). Nobody may be named wrongly as proven. What was wrong or missed is
 * told with an example each on stderr.
 */
import { scoreAnswers, tellScore } from '../test/support/city-sim/score.ts';
import { runTruth } from '../test/support/city-sim/truth-run.ts';
import { type Figure, rounded } from './figure.ts';

const perCity = 25_000;

export async function run(args: readonly string[]): Promise<Figure[]> {
  const first = Number(args[0] ?? 1);
  const wanted = Number(args[1] ?? 100_000);
  if (!Number.isInteger(first) || !Number.isInteger(wanted) || wanted < 1)
    throw new RangeError('npm run bench -- trace-truth [SEED] [QUESTIONS]');
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
    const { pairs } = await runTruth({ seed, schools: 14, hosts: 10, hours: 8, perHour: 30, questions });
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
  const base = { peer: null, command: `npm run bench -- trace-truth ${first} ${wanted}` };
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
