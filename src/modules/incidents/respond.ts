/** The response as jobs: preserve → trace → report. Each may be repeated and goes on where it was. */
import { z } from 'zod';
import { type App, type Ctx, systemActor } from '#base/app';
import { defineJob } from '#base/jobs';
import { type Done, preserveIncident, sealReceipts } from './preserve.ts';
import { stateOf } from './rules.ts';
import { sendReport } from './send-report.ts';
import * as store from './store.ts';
import { traceIncident } from './trace-source.ts';

const payload = z.object({ incidentId: z.uuid(), round: z.number().int() });
const system = systemActor('incidents.respond');

/**
 * Runs the response of one round. A part that fails does not hold up the next: the reports are due whatever
 * becomes of the evidence. The failure is on the timeline, and the job is tried again for what is missing.
 */
export const respondJob = defineJob({
  name: 'incidents.respond',
  payload,
  maxAttempts: 12,
  run: async (app, { incidentId, round }) => {
    const failures: unknown[] = [];
    const parts = [
      ['preserve', preserveIncident],
      ['trace', traceIncident],
      ['report', reportIncident],
    ] as const;
    for (const [what, work] of parts) {
      await doOnce(app, incidentId, round, what, work).catch(async (error: unknown) => {
        failures.push(error);
        await tellFailure(app, incidentId, round, what, error);
      });
    }
    if (failures.length > 0)
      throw new AggregateError(failures, `${failures.length} parts of the response failed`);
  },
});

/** Puts the reports and their receipts into the evidence, after each acknowledgement. */
export const sealReceiptsJob = defineJob({
  name: 'incidents.seal-receipts',
  payload,
  run: (app, { incidentId }) => sealReceipts(app, incidentId),
});

async function doOnce(
  app: App,
  incidentId: string,
  round: number,
  what: string,
  work: (app: App, incident: store.IncidentRow, done: Done) => Promise<void>,
): Promise<void> {
  const incident = await app.run(system, async (ctx) => {
    const row = await store.findIncident(ctx, incidentId);
    const wanted = row && row.reopened === round && stateOf(row) !== 'dismissed';
    return wanted && !(await store.isDone(ctx, incidentId, round, what)) ? row : undefined;
  });
  if (!incident) return;
  await work(app, incident, (ctx) => store.markDone(ctx, incident, round, what));
}

async function tellFailure(
  app: App,
  incidentId: string,
  round: number,
  what: string,
  error: unknown,
): Promise<void> {
  app.log.error({ err: error, incidentId, round, what }, 'a part of the response failed');
  const words = { preserve: '固定证据', trace: '溯源', report: '发送报告' }[what] ?? what;
  await app.run(system, async (ctx: Ctx) => {
    const incident = await store.findIncident(ctx, incidentId);
    if (!incident) return;
    await store.addEntry(ctx, incident, {
      key: `failure:${round}:${what}`,
      kind: 'failed',
      zh: `${words}没有成功，系统会再试：${(error as Error).message}`,
      en: `${what} failed and will be tried again: ${(error as Error).message}`,
    });
  });
}

/** Both reports, once each; a person may send supplements. */
async function reportIncident(app: App, incident: store.IncidentRow, done: Done): Promise<void> {
  if (!incident.policy.autoReport) return;
  for (const to of ['bureau', 'police'] as const) {
    await sendReport(app, system, { incidentId: incident.id, to, lateReason: null, onlyFirst: true });
  }
  await app.run(system, done);
}
