import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { violatedConstraint } from '#base/db';
import { fail } from '#base/errors';
import { maybeClose } from './close-incident.ts';
import { dismissed } from './contract.ts';
import { decideProposal, insertProposal, type ProposalRow, proposalsOf } from './proposal-store.ts';
import { cancelObligationTasks, raiseDecisionTask, settleDecisionTask } from './raise-tasks.ts';
import { stateOf } from './rules.ts';
import * as store from './store.ts';

const words = { contained: '有害内容已清除', dismissed: '误报，撤销事件' } as const;

/** One person proposes that the content is gone, or that it was a false alarm; a second one decides. */
export async function propose(
  ctx: Ctx,
  incidentId: string,
  kind: ProposalRow['kind'],
  reason: string,
): Promise<void> {
  const incident =
    (await store.findIncident(ctx, incidentId, true)) ?? fail('base.not_found', { what: incidentId });
  if (stateOf(incident) !== 'responding') fail('incidents.closed');
  try {
    const id = await insertProposal(ctx, incident, kind, reason);
    await raiseDecisionTask(ctx, incident, { id, words: words[kind], reason });
  } catch (error) {
    if (violatedConstraint(error) === 'one_waiting') fail('incidents.proposal_waits', {}, error);
    throw error;
  }
  await tell(ctx, incident, kind, `提出“${words[kind]}”：${reason}`, `Proposed (${kind}): ${reason}`);
}

/** The second person's decision. An approved one takes effect at once. */
export async function decide(
  ctx: Ctx,
  incidentId: string,
  proposalId: string,
  approve: boolean,
): Promise<void> {
  const incident =
    (await store.findIncident(ctx, incidentId, true)) ?? fail('base.not_found', { what: incidentId });
  const proposal = (await proposalsOf(ctx, incidentId)).find((one) => one.id === proposalId);
  if (!proposal) fail('base.not_found', { what: proposalId });
  if (proposal.proposed_by === ctx.actor.id) fail('incidents.own_proposal');
  if (proposal.round !== incident.reopened || stateOf(incident) !== 'responding') fail('incidents.closed');
  if (!(await decideProposal(ctx, proposalId, approve))) fail('incidents.proposal_decided');
  await settleDecisionTask(ctx, proposalId);
  const verb = approve ? '同意' : '不同意';
  await tell(
    ctx,
    incident,
    proposal.kind,
    `${verb}“${words[proposal.kind]}”`,
    `${approve ? 'Approved' : 'Refused'} (${proposal.kind})`,
  );
  if (!approve) return;
  if (proposal.kind === 'dismissed') {
    await store.setDismissed(ctx, incidentId);
    await cancelObligationTasks(ctx, incident);
    await ctx.emit(dismissed, { incidentId }, incident.unit_path);
  } else if (await store.setContained(ctx, incidentId, true)) await maybeClose(ctx, incidentId);
}

async function tell(
  ctx: Ctx,
  incident: store.IncidentRow,
  kind: string,
  zh: string,
  en: string,
): Promise<void> {
  const count = (await store.entriesOf(ctx, incident.id)).length;
  await store.addEntry(ctx, incident, { key: `proposal:${kind}:${count}`, kind: 'decision', zh, en });
  await recordAudit(ctx, {
    action: `incidents.${kind}`,
    subject: `incident:${incident.id}`,
    unitPath: incident.unit_path,
    after: { zh },
  });
}
