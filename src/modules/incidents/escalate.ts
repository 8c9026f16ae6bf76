import { z } from 'zod';
import { type App, type Ctx, systemActor } from '#base/app';
import { publicUrlOf } from '#base/config';
import { defineJob } from '#base/jobs';
import { notifyAccounts, queueMail } from '#notify';
import { listPeople } from '#units';
import { rolesAt, stateOf } from './rules.ts';
import { dueSteps, type StepRow, takeStep } from './step-store.ts';
import * as store from './store.ts';

const batch = 200;

/** A wake-up at a step's time. What is due is read from the rows, so a lost or doubled wake-up does no harm. */
export const escalateJob = defineJob({
  name: 'incidents.escalate',
  payload: z.object({ incidentId: z.uuid(), round: z.number().int(), minute: z.number().int() }),
  run: async (app, { incidentId, round, minute }) => {
    await fire(app, { incident_id: incidentId, round, minute });
  },
});

/** Fires everything overdue, in order, once: at start and every minute. Returns how many it fired. */
export async function fireDueSteps(app: App): Promise<number> {
  let fired = 0;
  for (;;) {
    const steps = await app.run(systemActor('incidents.sweep'), (ctx) => dueSteps(ctx, batch));
    for (const step of steps) if (await fire(app, step)) fired += 1;
    if (steps.length < batch) return fired;
  }
}

function fire(app: App, step: Pick<StepRow, 'incident_id' | 'round' | 'minute'>): Promise<boolean> {
  return app.run(systemActor('incidents.escalate'), async (ctx) => {
    if (!(await takeStep(ctx, step))) return false;
    const incident = await store.findIncident(ctx, step.incident_id);
    const clocks = await store.obligationsOf(ctx, [step.incident_id]);
    const waiting = clocks.filter((clock) => clock.round === step.round && clock.acknowledged_at === null);
    if (incident && waiting.length > 0 && stateOf(incident) !== 'dismissed') {
      await escalate(ctx, incident, step.minute, waiting);
    }
    return true;
  });
}

/** Tells everyone whom the minute reaches, in the app and by mail; the clock itself never stops. */
async function escalate(
  ctx: Ctx,
  incident: store.IncidentRow,
  minute: number,
  waiting: readonly store.ObligationRow[],
): Promise<void> {
  const left = incident.policy.dueMinutes - minute;
  const whom = waiting.map((clock) => (clock.addressee === 'bureau' ? '教育局' : '公安')).join('、');
  const what = left > 0 ? `还剩 ${left} 分钟` : '已到时限';
  const drill = incident.exercise ? '【演练】' : '';
  const subject = `${drill}事件 ${incident.number} ${what}，${whom}尚未签收报告`;
  const link = `/incidents/${incident.id}`;
  const key = `incident:${incident.id}:${incident.reopened}:${minute}`;
  const body = `${incident.title}\n${incident.summary}\n${whom}的报告还没有签收，${what}。`;
  const roles = rolesAt(minute, incident.policy.dueMinutes);
  await notifyAccounts(ctx, { key, unitPath: incident.unit_path, roles, subject, body, link, urgent: true });
  const text = `${body}\n\n${publicUrlOf(ctx.app.config)}${link}\n`;
  for (const to of await mailRecipients(ctx, incident, minute)) {
    await queueMail(ctx, { key: `${key}:${to}`, unitPath: incident.unit_path, to, subject, text });
  }
  await store.addEntry(ctx, incident, {
    key: `escalated:${incident.reopened}:${minute}`,
    kind: 'escalated',
    zh: `第 ${minute} 分钟：${whom}尚未签收，${what}，已催办`,
    en: `Minute ${minute}: not acknowledged by ${waiting.map((clock) => clock.addressee).join(', ')}; reminded`,
  });
}

/** Leaders and duty contacts of the unit; from half time on the bureau's duty mailbox too. */
async function mailRecipients(ctx: Ctx, incident: store.IncidentRow, minute: number): Promise<string[]> {
  const people = await listPeople(ctx, { page: 1, pageSize: 500, unitId: incident.unit_id });
  const posts = ['leader', 'deputy', 'duty', 'network_admin'];
  const addresses = people.items.flatMap((person) =>
    person.email && person.posts.some((post) => posts.includes(post)) ? [person.email] : [],
  );
  if (minute >= incident.policy.dueMinutes / 2) addresses.push(incident.policy.bureauEmail);
  return [...new Set(addresses)];
}
