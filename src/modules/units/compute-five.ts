import type { Ctx, Fact } from '#base/app';
import { findHeld } from './appointment-store.ts';
import { type FiveFlag, fiveTopics } from './contract.ts';
import { findCertified, findReached } from './five-store.ts';
import { findGroupsOn, findMembers } from './group-store.ts';
import { todayOf } from './people-store.ts';
import { judgeFive } from './rules-five.ts';

/** The five flags of these units on a day, from facts of this module and of those that were asked. */
export async function computeFive(
  ctx: Ctx,
  unitIds: readonly string[],
  day: string,
): Promise<Map<string, ReturnType<typeof judgeFive>>> {
  const held = await findHeld(ctx, unitIds, day);
  const groups = await findGroupsOn(ctx, unitIds, day);
  const members = await findMembers(
    ctx,
    groups.map(({ id }) => id),
    day,
  );
  const people = [...new Set(held.map(({ personId }) => personId))];
  const certified = await findCertified(ctx, people, day);
  const reachedOn = await findReached(ctx, people, day);
  const when = { day, today: day === (await todayOf(ctx)) };
  const told: Partial<Record<FiveFlag, readonly Fact[]>> = {};
  for (const [flag, topic] of Object.entries(fiveTopics) as [FiveFlag, string][]) {
    const sources = ctx.app.modules
      .flatMap((module) => module.facts ?? [])
      .filter((source) => source.topic === topic);
    const answers: Fact[] = [];
    for (const source of sources) answers.push(...(await source.read(ctx, unitIds, when)));
    if (sources.length > 0) told[flag] = answers;
  }
  return new Map(
    unitIds.map((unitId) => {
      const group = groups.find((one) => one.unitId === unitId) ?? null;
      const facts = Object.fromEntries(
        Object.entries(told).map(([flag, answers]) => [
          flag,
          answers.filter(({ subject }) => subject === unitId).map(({ subject: _, ...fact }) => fact),
        ]),
      );
      return [
        unitId,
        judgeFive({
          unitId,
          day,
          held: held.filter((one) => one.unitId === unitId),
          group,
          members: group ? members.filter(({ groupId }) => groupId === group.id) : [],
          certified,
          reachedOn,
          told: facts,
        }),
      ];
    }),
  );
}
