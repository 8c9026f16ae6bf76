import type { Ctx } from '#base/app';
import { officeOver, raiseTask } from '#tasks';
import type { GapRow } from '../store/gaps.ts';

/** Key of the task to decide on the answer for a gap. */
export function taskOfAnswer(gapId: string): string {
  return `logs:gap:${gapId}`;
}

const threeDays = 3 * 86_400_000;

/** Asks the bureau over the unit (the city for itself) to decide on an answer. */
export async function askSecond(
  ctx: Ctx,
  gap: GapRow,
  answer: { readonly reason: string; readonly words: string },
): Promise<void> {
  const office = await officeOver(ctx, gap.unit_path, { own: true, notBy: ctx.actor.id });
  if (!office) return;
  await raiseTask(ctx, {
    key: taskOfAnswer(gap.id),
    kind: 'logs.gap',
    unitId: office.unitId,
    unitPath: office.unitPath,
    assignee: { role: office.role },
    title: `复核日志缺口的说明（${gap.source ?? gap.collector}）`,
    why: `${ctx.actor.name} 说明了一处日志缺口：${answer.words}`,
    legalBasis: '《网络安全法》第二十三条（网络日志留存不少于六个月）',
    dueAt: new Date(ctx.clock.now().getTime() + threeDays),
    minutes: 5,
    link: `/logs/completeness?gap=${gap.id}`,
    byMachine: true,
    author: ctx.actor.id,
    again: true,
  });
}
