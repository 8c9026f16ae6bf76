import { recordAudit } from '#audit';
import { type App, type Ctx, systemActor } from '#base/app';
import { newId } from '#base/id';
import { every } from '#base/jobs';
import { officeOver, raiseTask, settleTask } from '#tasks';
import { cityPath } from '../store/catalogue.ts';
import * as plans from '../store/drop-plans.ts';

/** More days at once than a month hold: the first time, after a long pause, or with a clock that runs ahead. */
const usualDays = 31;
/** Longer than this without any entry of a chain: the system was off, or the clock jumped. */
const longSilence = 10;
const week = 7 * 86_400_000;

/** Key of the task to look at a plan. */
export function taskOfPlan(planId: string): string {
  return `logs:drop:${planId}`;
}

/**
 * Lists what is old enough to be dropped. A list that nobody has confirmed lapses for the new one; one that somebody
 * has confirmed, or that is being carried out, stays and is answered. Null: nothing is old enough.
 */
export async function proposeDrop(ctx: Ctx): Promise<plans.PlanRow | null> {
  await plans.lockProposals(ctx);
  const open = await plans.openPlan(ctx);
  if (open && open.state !== 'proposed') return open;
  const forwardedTo = ctx.app.config.forwardTo === undefined ? null : await plans.confirmedByCity(ctx);
  const due = await plans.dueItems(ctx, forwardedTo);
  const going = due.filter((item) => item.held < item.segments);
  if (open) {
    if (isSame(open, figuresOf(due))) return open;
    await plans.setPlanState(ctx, open.id, 'lapsed');
    await settleTask(ctx, taskOfPlan(open.id), 'done');
  }
  return going.length === 0 ? null : insert(ctx, due);
}

function figuresOf(due: readonly plans.Due[]) {
  const sum = (pick: (item: plans.Due) => number) => due.reduce((total, item) => total + pick(item), 0);
  const held = sum((item) => item.held);
  return {
    days: new Set(due.map((item) => item.day)).size,
    sources: new Set(due.map((item) => item.source_id)).size,
    segments: sum((item) => item.segments) - held,
    records: sum((item) => item.records),
    raw_bytes: sum((item) => item.raw_bytes),
    held_segments: held,
  };
}

function isSame(open: plans.PlanRow, figures: ReturnType<typeof figuresOf>): boolean {
  return (Object.keys(figures) as (keyof typeof figures)[]).every((key) => open[key] === figures[key]);
}

async function insert(ctx: Ctx, due: readonly plans.Due[]): Promise<plans.PlanRow> {
  const id = newId();
  const figures = figuresOf(due);
  const warnings = [
    ...(figures.days > usualDays ? ['many_days'] : []),
    ...((await plans.longestSilence(ctx)) > longSilence ? ['clock_gap'] : []),
  ];
  const unitPath = await cityPath(ctx);
  await plans.insertPlan(ctx, { id, unitPath, figures, warnings });
  await plans.insertItems(ctx, id, due);
  await recordAudit(ctx, {
    action: 'logs.propose_drop',
    subject: `log_drop:${id}`,
    unitPath,
    after: { ...figures, warnings },
  });
  await askFirst(ctx, id, figures, unitPath);
  return (await plans.findPlan(ctx, id))!;
}

async function askFirst(
  ctx: Ctx,
  id: string,
  figures: ReturnType<typeof figuresOf>,
  unitPath: string,
): Promise<void> {
  const office = unitPath === '' ? undefined : await officeOver(ctx, unitPath, { own: true });
  if (!office) return;
  await raiseTask(ctx, {
    key: taskOfPlan(id),
    kind: 'logs.drop',
    unitId: office.unitId,
    unitPath: office.unitPath,
    assignee: { role: 'system_admin' },
    title: `核对到期日志的清除清单（${figures.days} 天，${figures.segments} 段）`,
    why: '这些日志已超过留存期限，清除前要由两个人先后核对',
    legalBasis: '《网络安全法》第二十三条（网络日志留存不少于六个月）',
    dueAt: new Date(ctx.clock.now().getTime() + week),
    minutes: 10,
    link: `/logs/retention?tab=plans&plan=${id}`,
    byMachine: true,
  });
}

/** 02:40 in China. */
export const proposeNightly = every('logs.propose-drop', '40 18 * * *', async (app: App) => {
  await app.run(systemActor('logs.propose-drop'), proposeDrop);
});
