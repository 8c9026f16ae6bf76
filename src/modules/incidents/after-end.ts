/** What is left when an incident ends: everyone concerned hears of it, and its blocks are lifted or kept by a person. */
import type { Ctx } from '#base/app';
import { notifyAccounts } from '#notify';
import { type EntryRow, findEntries } from '#shield';
import { findByHosts } from '#sites';
import { officeOver, raiseTask, settleTask } from '#tasks';
import { rolesAt, stateOf } from './rules.ts';
import * as store from './store.ts';

const dayMs = 86_400_000;
const liftKey = (incidentId: string) => `incidents:lift:${incidentId}`;

/** Subscriber of `incidents.closed` and `incidents.dismissed`: it runs as the system. */
export async function followEnd(ctx: Ctx, { incidentId }: { incidentId: string }): Promise<void> {
  const incident = await store.findIncident(ctx, incidentId);
  if (!incident || !['closed', 'dismissed'].includes(stateOf(incident))) return;
  const hosts = await hostsToLift(ctx, incident);
  if (hosts.length > 0) await askToLift(ctx, incident, hosts);
  await tellEnded(ctx, incident, hosts);
}

/** Subscriber of `shield.published`: nothing is left to decide once the last of these hosts is off the list. */
export async function followShield(ctx: Ctx, { incidentId }: { incidentId: string | null }): Promise<void> {
  const incident = incidentId ? await store.findIncident(ctx, incidentId) : undefined;
  if (!incident || (await hostsToLift(ctx, incident)).length > 0) return;
  await settleTask(ctx, liftKey(incident.id), {
    state: 'done',
    words: '已全部解除封堵 / all of it is unblocked',
  });
}

/** The harmful content is back: its blocks are wanted again. */
export async function cancelLift(ctx: Ctx, incidentId: string): Promise<void> {
  await settleTask(ctx, liftKey(incidentId), {
    state: 'cancelled',
    words: '事件重新打开 / the incident is open again',
  });
}

/**
 * Which of the incident's blocks somebody should lift. After a false alarm all of them. After a true one the schools'
 * own: the page is clean, while what its hidden links led to is as harmful as before.
 */
async function hostsToLift(ctx: Ctx, incident: store.IncidentRow): Promise<string[]> {
  const blocked = (await findEntries(ctx, incident.id)).filter(isInForce).map((entry) => entry.host);
  if (stateOf(incident) === 'dismissed') return blocked;
  const registered = await findByHosts(ctx, blocked);
  const own = incident.url && URL.parse(incident.url)?.hostname;
  return blocked.filter((host) => host === own || registered.has(host));
}

const isInForce = (entry: EntryRow) => entry.withdrawn_at === null;

/** To the bureau above; a person may close it with a reason to keep the block, the last lifting closes it, too. */
async function askToLift(ctx: Ctx, incident: store.IncidentRow, hosts: readonly string[]): Promise<void> {
  const office = await officeOver(ctx, incident.unit_path);
  if (!office) return;
  const names = hosts.join('、');
  await raiseTask(ctx, {
    key: liftKey(incident.id),
    kind: 'incidents.lift',
    unitId: office.unitId,
    unitPath: office.unitPath,
    assignee: { role: office.role },
    title: `解除封堵？${names}（事件 ${incident.number} 已结束）`,
    why: `事件结束了，${names} 还在应急封堵清单里，加载清单的解析服务器仍然打不开。网站已经正常的，请解除；要继续封堵的，请写明理由后办结。`,
    legalBasis: '丽教办发〔2009〕57号 第二条',
    dueAt: new Date(ctx.clock.now().getTime() + dayMs),
    minutes: 5,
    link: `/shield?incidentId=${incident.id}&active=true`,
    byMachine: false,
    again: true,
  });
  await store.addEntry(ctx, incident, {
    key: `lift:${incident.reopened}:${stateOf(incident)}`,
    kind: 'shield',
    zh: `事件结束时 ${names} 仍在封堵，已请教育局决定是否解除`,
    en: `Still blocked at the end: ${names}. The bureau is asked whether to unblock`,
    link: '/shield',
  });
}

/** Everyone who was told of the opening is told of the end. */
async function tellEnded(ctx: Ctx, incident: store.IncidentRow, hosts: readonly string[]): Promise<void> {
  const isFalse = stateOf(incident) === 'dismissed';
  const drill = incident.exercise ? ['【演练】', 'Exercise: '] : ['', ''];
  const names = hosts.join('、');
  const { dueMinutes } = incident.policy;
  await notifyAccounts(ctx, {
    key: `incident:${incident.id}:${incident.reopened}:${isFalse ? 'dismissed' : 'closed'}`,
    unitPath: incident.unit_path,
    roles: rolesAt(dueMinutes, dueMinutes),
    subject: {
      zh: `${drill[0]}事件 ${incident.number} ${isFalse ? '认定为误报，已撤销' : '已结束'}`,
      en: `${drill[1]}Incident ${incident.number} ${isFalse ? 'was a false alarm and is dismissed' : 'is closed'}`,
    },
    body: {
      zh: `${incident.title}${names ? `\n${names} 仍在应急封堵清单里，请县、市教育局决定是否解除。` : ''}`,
      en: `${incident.title}${names ? `\nStill blocked: ${names}. The bureau decides whether to unblock.` : ''}`,
    },
    link: `/incidents/${incident.id}`,
    urgent: false,
  });
}
