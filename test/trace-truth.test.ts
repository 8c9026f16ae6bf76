/** A simulated city is asked about itself: no answer may name somebody who was not the one. */
import { expect, test } from 'vitest';
import { mixed } from './support/city-sim/knobs.ts';
import { scoreAnswers, tellScore } from './support/city-sim/score.ts';
import { runTruth } from './support/city-sim/truth-run.ts';

test('names nobody wrongly as proven in a simulated city', async () => {
  const plan = {
    seed: 20_261_122,
    schools: 10,
    hosts: 5,
    hours: 3,
    perHour: 30,
    questions: 1500,
    knobs: mixed,
  };
  const { pairs, differing } = await runTruth(plan, 5);
  const score = scoreAnswers(pairs);
  const told = tellScore(`seed ${plan.seed}`, score);
  expect(score.wrongProven.length, told).toBe(0);
  expect(score.wrongProbable.length, told).toBeLessThanOrEqual(score.verdicts.probable / 1000);
  expect(score.provable, told).toBeGreaterThan(100);
  expect(score.named, told).toBeGreaterThanOrEqual(0.95 * score.provable);
  expect(differing).toEqual([]);
}, 400_000);
