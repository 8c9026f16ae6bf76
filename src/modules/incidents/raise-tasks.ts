/** What an incident waits for, on the to-do lists: links only, the clocks stay the incident's own. */
import type { Ctx } from '#base/app';
import { officeOver, raiseTask, settleTask } from '#tasks';
import { addresseeWords } from './compose-report.ts';
import type { IncidentRow } from './store.ts';

const addressees = ['bureau', 'police'] as const;
const decideMs = 2 * 3_600_000;

const obligationKey = (incidentId: string, round: number, to: string) =>
  `incidents:obligation:${incidentId}:${round}:${to}`;

/** Two tasks for the unit: see that both reports arrive and are acknowledged. */
export async function raiseObligationTasks(ctx: Ctx, incident: IncidentRow, dueAt: Date): Promise<void> {
  for (const to of addressees) {
    await raiseTask(ctx, {
      key: obligationKey(incident.id, incident.reopened, to),
      kind: 'incidents.obligation',
      unitId: incident.unit_id,
      unitPath: incident.unit_path,
      assignee: { role: 'school_teacher' },
      title: `${incident.exercise ? '【演练】' : ''}事件 ${incident.number}：让${addresseeWords[to]}签收报告`,
      why: '发现有害信息后须在 2 小时内报告教育局和公安；对方签收才算完成。',
      legalBasis: '丽教办发〔2009〕57号 第二条',
      dueAt,
      minutes: 10,
      link: `/incidents/${incident.id}`,
      exempt: true,
    });
  }
}

export async function settleObligationTask(
  ctx: Ctx,
  incidentId: string,
  round: number,
  to: 'bureau' | 'police',
): Promise<void> {
  await settleTask(ctx, obligationKey(incidentId, round, to), 'done');
}

/** A dismissed incident asks for no reports. */
export async function cancelObligationTasks(ctx: Ctx, incident: IncidentRow): Promise<void> {
  for (const to of addressees) {
    await settleTask(ctx, obligationKey(incident.id, incident.reopened, to), 'cancelled');
  }
}

/** The second person's decision, at the bureau above; never on the proposer's own list. */
export async function raiseDecisionTask(
  ctx: Ctx,
  incident: IncidentRow,
  proposal: { readonly id: string; readonly words: string; readonly reason: string },
): Promise<void> {
  const office = await officeOver(ctx, incident.unit_path, { notBy: ctx.actor.id });
  if (!office) return;
  await raiseTask(ctx, {
    key: `incidents:proposal:${proposal.id}`,
    kind: 'incidents.decide',
    unitId: office.unitId,
    unitPath: office.unitPath,
    assignee: { role: office.role },
    title: `事件 ${incident.number}：是否同意“${proposal.words}”`,
    why: `${ctx.actor.name} 提出：${proposal.reason}`,
    legalBasis: '丽教办发〔2009〕57号 第二条',
    dueAt: new Date(ctx.clock.now().getTime() + decideMs),
    minutes: 5,
    link: `/incidents/${incident.id}`,
    author: ctx.actor.id,
    exempt: true,
  });
}

export async function settleDecisionTask(ctx: Ctx, proposalId: string): Promise<void> {
  await settleTask(ctx, `incidents:proposal:${proposalId}`, 'done');
}
