/** What a school says it has mended is tried again with the logs after that (rule 2: the machine retests). */
import { randomInt } from 'node:crypto';
import { type App, systemActor } from '#base/app';
import { newId } from '#base/id';
import { every } from '#base/jobs';
import { drillReason } from '../contract/drills.ts';
import { choosePoints } from './choose-points.ts';
import { keepFindings } from './keep-findings.ts';
import { drillPoint, mostFirst, sampleBySchool } from './run-drill.ts';
import * as store from './store.ts';

const actor = systemActor('trace.drill');
const pointsEach = 10;
/** Ends of sessions and renewals of leases that a point rests on come a while after it. */
const settled = 15 * 60_000;

export const retestFixed = every('trace.retest_fixed', '23 * * * *', retest);

async function retest(app: App): Promise<void> {
  const schools = await app.run(actor, (ctx) => store.fixedSchools(ctx));
  const to = new Date(app.clock.now().getTime() - settled);
  const from = new Date(Math.min(...schools.map(({ fixedAt }) => fixedAt.getTime())));
  if (schools.length === 0 || from >= to) return;
  const bySchool = await app.run(actor, (ctx) => sampleBySchool(ctx, { from, to, wanted: pointsEach }));
  for (const school of schools) {
    const hosts = (bySchool.get(school.unit_path) ?? []).map((host) => {
      return { ...host, sample: host.sample.filter((row) => row.at > school.fixedAt.getTime()) };
    });
    const chosen = choosePoints(hosts, pointsEach, () => randomInt(2 ** 47) / 2 ** 47);
    // Nothing was logged since: that is no answer.
    if (chosen.length === 0) continue;
    await app.run(actor, async (ctx) => {
      const points: store.NewPoint[] = [];
      for (const { host, row } of chosen)
        points.push(await drillPoint(ctx, host as (typeof hosts)[number], row));
      const because = mostFirst(points.flatMap((point) => point.because));
      const mended = drillReason.options.filter((reason) => school.rules.includes(`trace.drill.${reason}`));
      await keepFindings(ctx, { drillId: newId(), school, points, because, mended });
    });
  }
}
