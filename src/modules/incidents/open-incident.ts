import type { z } from 'zod';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { type FindingRow, findingsById } from '#findings';
import { notifyAccounts } from '#notify';
import { blockHost } from '#shield';
import { findByHosts, type SiteRow } from '#sites';
import { findUnit } from '#units';
import type { checkFinished } from '#watch/contract';
import { cancelLift } from './after-end.ts';
import { maybeClose } from './close-incident.ts';
import { opened, type Policy, type reportIncident } from './contract.ts';
import { escalateJob } from './escalate.ts';
import { raiseObligationTasks } from './raise-tasks.ts';
import { respondJob } from './respond.ts';
import { countInWords } from './rule-words.ts';
import { hostsToBlock, rolesAt, stateOf, stepTimes } from './rules.ts';
import * as store from './store.ts';

type CheckFinished = z.output<typeof checkFinished.payload>;
type ByHand = z.output<NonNullable<typeof reportIncident.body>>;

/**
 * What a finished crawl means: a first critical finding opens an incident, a known one joins it, a
 * re-appearance reopens it, and a clean crawl contains it. Runs as the system, once per crawl.
 */
export async function judgeCheck(ctx: Ctx, check: CheckFinished): Promise<void> {
  const incident = await store.incidentOfSite(ctx, check.siteId);
  if (check.critical.length > 0) return judgeFault(ctx, check, incident);
  // Only a crawl that could look says clean; unknown is never shown as clean (rule 6).
  const looked = check.state === 'clean' || check.state === 'faulty';
  if (!looked || !incident || stateOf(incident) !== 'responding') return;
  // What only a person saw, a crawl cannot declare gone: two people do.
  if ((await store.findingIdsOf(ctx, incident.id)).length === 0) return;
  if (await store.setContained(ctx, incident.id, true)) {
    await store.addEntry(ctx, incident, {
      key: `contained:${check.checkId}`,
      kind: 'contained',
      zh: '复查：有害内容已不在网页上',
      en: 'Re-crawled: the harmful content is gone',
    });
    await maybeClose(ctx, incident.id);
  }
}

async function judgeFault(
  ctx: Ctx,
  check: CheckFinished,
  incident: store.IncidentRow | undefined,
): Promise<void> {
  const findings = await findingsById(ctx, check.critical);
  if (!incident) return openFromFindings(ctx, check.siteId, findings);
  await store.linkFindings(ctx, incident, check.critical);
  const state = stateOf(incident);
  if (state === 'closed') await startAgain(ctx, incident);
  else if (state === 'contained') {
    await store.setContained(ctx, incident.id, false);
    await store.addEntry(ctx, incident, {
      key: `back:${check.checkId}`,
      kind: 'reappeared',
      zh: '复查：有害内容再次出现',
      en: 'Re-crawled: the harmful content is back',
    });
  }
}

async function openFromFindings(ctx: Ctx, siteId: string, findings: readonly FindingRow[]): Promise<void> {
  const policy = await store.currentPolicy(ctx);
  const first = findings[0];
  if (!policy?.autoOpen || !first) {
    ctx.log.warn(
      { siteId, hasPolicy: policy !== null },
      'critical findings, but the policy opens no incident',
    );
    return;
  }
  const found = countInWords(findings.map((finding) => finding.rule));
  const incident = await start(ctx, {
    title: `${first.site_name ?? first.unit_name}发现有害内容`,
    summary: `${first.url} 等 ${new Set(findings.map((finding) => finding.url)).size} 个网页上发现：${found}`,
    unitId: first.unit_id,
    unitPath: first.unit_path,
    siteId,
    siteName: first.site_name,
    url: first.url,
    exercise: false,
    origin: 'machine',
    source: null,
    // The strictest reading of 发现: the clock starts when the machine saw it, not when somebody looked.
    t0: await store.currentTime(ctx),
    policy,
  });
  await store.linkFindings(
    ctx,
    incident,
    findings.map((finding) => finding.id),
  );
  await shieldAtOnce(ctx, incident, findings);
}

/** Shielding is reversible and never waits for the evidence (rule 5): the page was fetched already. */
async function shieldAtOnce(
  ctx: Ctx,
  incident: store.IncidentRow,
  findings: readonly FindingRow[],
): Promise<void> {
  if (!incident.policy.autoShield) return;
  for (const host of hostsToBlock(
    incident.url,
    findings.map((finding) => finding.href),
  )) {
    await blockHost(ctx, {
      host,
      reason: `事件 ${incident.number}：${incident.title}`,
      unitPath: incident.unit_path,
      incidentId: incident.id,
    });
    await store.addEntry(ctx, incident, {
      key: `shield:${incident.reopened}:${host}`,
      kind: 'shield',
      zh: `已将 ${host} 列入应急封堵清单`,
      en: `${host} was put on the emergency block list`,
      link: '/shield',
    });
  }
}

async function startAgain(ctx: Ctx, incident: store.IncidentRow): Promise<void> {
  const round = await store.reopen(ctx, incident.id);
  const again = (await store.findIncident(ctx, incident.id))!;
  await store.addEntry(ctx, again, {
    key: `reopened:${round}`,
    kind: 'reopened',
    zh: `有害内容再次出现，事件重新打开（第 ${round + 1} 轮），两份报告重新计时`,
    en: `The harmful content is back: reopened (round ${round + 1}), both clocks start anew`,
  });
  await cancelLift(ctx, again.id);
  await startRound(ctx, again, await store.currentTime(ctx));
  await shieldAtOnce(ctx, again, await findingsById(ctx, await store.findingIdsOf(ctx, again.id)));
}

/** 报告事件: opens an incident by hand. The time of discovery may lie in the past, never in the future. */
export async function openByHand(ctx: Ctx, body: ByHand): Promise<string> {
  const policy = (await store.currentPolicy(ctx)) ?? fail('incidents.no_policy');
  const now = await store.currentTime(ctx);
  const t0 = body.foundAt ? new Date(body.foundAt) : now;
  if (t0 > now) fail('incidents.future');
  const site = await registeredSite(ctx, body.url);
  const unitId = site?.unit_id ?? body.unitId ?? ctx.actor.unitId;
  const unit =
    (unitId ? await findUnit(ctx, { id: unitId }) : undefined) ?? fail('base.not_found', { what: 'unit' });
  const incident = await start(ctx, {
    title: body.title,
    summary: body.summary,
    unitId: unit.id,
    unitPath: unit.unit_path,
    siteId: site?.id ?? null,
    siteName: site?.name ?? null,
    url: body.url ?? null,
    exercise: body.exercise,
    origin: 'person',
    source: body.source ?? null,
    t0,
    policy,
  });
  if (!body.exercise) await shieldAtOnce(ctx, incident, []);
  return incident.id;
}

/** The registered website of an address, when the reporter's scope has it: then the case is its unit's. */
async function registeredSite(ctx: Ctx, url: string | undefined): Promise<SiteRow | undefined> {
  if (!url) return undefined;
  const { host } = new URL(url);
  const site = (await findByHosts(ctx, [host])).get(host);
  const known = site ? await store.incidentOfSite(ctx, site.id) : undefined;
  if (known && ['responding', 'contained'].includes(stateOf(known))) {
    fail('incidents.already_open', { number: known.number });
  }
  return site;
}

async function start(ctx: Ctx, row: store.NewIncident): Promise<store.IncidentRow> {
  const id = await store.insertIncident(ctx, row);
  const incident = (await store.findIncident(ctx, id))!;
  await store.addEntry(ctx, incident, {
    key: 'opened',
    kind: 'opened',
    zh: row.origin === 'machine' ? `巡查发现：${row.summary}` : `人工报告：${row.title}`,
    en: row.origin === 'machine' ? `Found by a crawl: ${row.summary}` : `Reported by hand: ${row.title}`,
    link: row.url,
  });
  await recordAudit(ctx, {
    action: 'incidents.open',
    subject: `incident:${id}`,
    unitPath: incident.unit_path,
    after: { number: incident.number, title: row.title, t0: row.t0 },
  });
  await startRound(ctx, incident, row.t0);
  await ctx.emit(opened, { incidentId: id }, incident.unit_path);
  return incident;
}

/** Both clocks, every step of the escalation as a row with a wake-up, and the response. */
async function startRound(ctx: Ctx, incident: store.IncidentRow, t0: Date): Promise<void> {
  const { dueMinutes, escalateAtMinutes }: Policy = incident.policy;
  const steps = stepTimes(t0, [...escalateAtMinutes, dueMinutes]);
  const due = new Date(t0.getTime() + dueMinutes * 60_000);
  await store.insertRound(ctx, incident, incident.reopened, due, steps);
  await raiseObligationTasks(ctx, incident, due);
  for (const { minute, dueAt } of steps) {
    await ctx.enqueue(
      escalateJob,
      { incidentId: incident.id, round: incident.reopened, minute },
      { runAt: dueAt },
    );
  }
  await ctx.enqueue(respondJob, { incidentId: incident.id, round: incident.reopened });
}

/** The first message, to everyone concerned. Subscriber of `incidents.opened`: it runs as the system. */
export async function tellOpened(ctx: Ctx, { incidentId }: { incidentId: string }): Promise<void> {
  const incident = await store.findIncident(ctx, incidentId);
  if (!incident) return;
  await notifyAccounts(ctx, {
    key: `incident:${incident.id}:opened`,
    unitPath: incident.unit_path,
    roles: rolesAt(incident.policy.dueMinutes, incident.policy.dueMinutes),
    subject: `${incident.exercise ? '【演练】' : ''}事件 ${incident.number}：${incident.title}`,
    body: `${incident.summary}\n须在 ${incident.policy.dueMinutes} 分钟内报告教育局和公安。`.trim(),
    link: `/incidents/${incident.id}`,
    urgent: true,
  });
}
