/** Two people unseal a name in a raw line: one asks with case number and reason, another decides; every look is kept. */
import { recordAudit } from '#audit';
import { requireFreshFactor } from '#auth';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { askOffice, settleTask } from '#tasks';
import { type NameInLine, nameFinder } from './names-in-line.ts';
import { pseudonymsOf } from './pseudonyms.ts';
import { type ReadRecord, readRecord } from './read-record.ts';
import * as catalogue from './store/catalogue.ts';
import * as store from './store/reveals.ts';

interface AskedLine {
  readonly segment: number;
  readonly seq: number;
}

/** A raw line and the names in it. Audited as a reading, with what it was read for. */
export async function readLine(
  ctx: Ctx,
  { segment, seq }: AskedLine,
  why: object,
): Promise<{ record: ReadRecord; source: catalogue.SourceRow; names: NameInLine[] }> {
  const found = await catalogue.findSegment(ctx, segment);
  const source = found && (await catalogue.findSource(ctx, { id: found.source_id }));
  if (!source) fail('base.not_found', { what: `log segment ${segment}` });
  const record = await readRecord(ctx, segment, seq, why);
  const find = await nameFinder(ctx, source, await pseudonymsOf(ctx.app));
  return { record, source, names: find(record) };
}

/** Asks; an undecided request of the same person for the same name is answered again, not doubled. */
export async function requestReveal(
  ctx: Ctx,
  asked: AskedLine & { token: string; caseNo: string; reason: string },
): Promise<store.RevealRow> {
  const { caseNo, reason, token } = asked;
  const { source, names } = await readLine(ctx, asked, { caseNo, reason });
  const name = names.find((one) => one.token === token) ?? fail('logs.no_name', { token });
  const unitPath = source.unit_path;
  const { id, isNew } = await store.insertReveal(ctx, {
    ...asked,
    unitPath,
    sourceId: source.id,
    field: name.kind,
  });
  if (isNew) {
    await audit(ctx, 'logs.reveal_request', id, unitPath, asked);
    await askForNames(ctx, { key: `logs:reveal:${id}`, unitPath, caseNo, reason, what: '查看日志中的名字' });
  }
  return readReveal(ctx, id);
}

/** Decides, with a fresh second factor of whoever has one. Throws `logs.own_request` and `logs.already_decided`. */
export async function decideReveal(
  ctx: Ctx,
  id: string,
  decision: { approve: boolean; note?: string | undefined },
): Promise<store.RevealRow> {
  await requireFreshFactor(ctx);
  const reveal = (await store.findReveal(ctx, id, true)) ?? fail('base.not_found', { what: id });
  if (reveal.requested_by === ctx.actor.id) fail('logs.own_request');
  if (reveal.state !== 'requested') fail('logs.already_decided');
  await store.decideReveal(ctx, id, decision.approve ? 'approved' : 'refused', decision.note);
  const action = decision.approve ? 'logs.reveal_approve' : 'logs.reveal_refuse';
  await audit(ctx, action, id, reveal.unit_path, { note: decision.note ?? null });
  await settleTask(ctx, `logs:reveal:${id}`, 'done');
  return readReveal(ctx, id);
}

/**
 * Shows the name to the one who asked, while the approval lasts. It is read from the sealed line at every look and
 * stands in no other reply, no log and no audit entry. Throws `logs.not_approved`, `logs.reveal_expired`.
 */
export async function openReveal(ctx: Ctx, id: string) {
  await requireFreshFactor(ctx);
  const reveal = await readReveal(ctx, id);
  if (reveal.state === 'expired') fail('logs.reveal_expired');
  if (reveal.state !== 'approved' || reveal.requested_by !== ctx.actor.id) fail('logs.not_approved');
  const { segment_id: segment, seq, token, case_no: caseNo } = reveal;
  const { names } = await readLine(ctx, { segment, seq }, { caseNo });
  const name = names.find((one) => one.token === token) ?? fail('logs.no_name', { token });
  await store.insertOpening(ctx, reveal);
  await audit(ctx, 'logs.reveal_open', id, reveal.unit_path, { segment, seq, token });
  return {
    name: name.name,
    token,
    watermark: `${ctx.actor.name} · ${caseNo} · ${ctx.clock.now().toISOString()}`,
  };
}

/** On the to-do list of the bureau above, for another person than the one who asks. */
export async function askForNames(
  ctx: Ctx,
  request: { key: string; unitPath: string; caseNo: string; reason: string; what: string },
): Promise<void> {
  await askOffice(ctx, {
    key: request.key,
    kind: 'logs.names',
    unitPath: request.unitPath,
    title: `审批${request.what}的申请（${request.caseNo}）`,
    why: `${ctx.actor.name} 申请${request.what}：${request.reason}`,
    legalBasis: '《个人信息保护法》第五条',
    days: 1,
    minutes: 5,
    link: '/logs?tab=requests',
  });
}

async function readReveal(ctx: Ctx, id: string): Promise<store.RevealRow> {
  return (await store.findReveal(ctx, id)) ?? fail('base.not_found', { what: id });
}

async function audit(ctx: Ctx, action: string, id: string, unitPath: string, after: object): Promise<void> {
  await recordAudit(ctx, { action, subject: `log_reveal:${id}`, unitPath, after });
}
