import { createReadStream } from 'node:fs';
import { recordAudit } from '#audit';
import { systemActor } from '#base/app';
import { fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import { newId } from '#base/id';
import { checkSiteSoon } from '#watch';
import { acknowledgeReport, openAcknowledgement } from './acknowledge.ts';
import * as contract from './contract.ts';
import { openByHand } from './open-incident.ts';
import { decide, propose } from './propose.ts';
import { findReport, receiptsOf } from './report-store.ts';
import { sendReport } from './send-report.ts';
import * as store from './store.ts';
import { viewDetail, viewIncidents, viewReport } from './views.ts';

const formats = {
  pdf: 'application/pdf',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
} as const;

const policyRoutes: Handler[] = [
  handle(contract.getPolicy, (ctx) => store.currentPolicy(ctx)),
  handle(contract.setPolicy, async (ctx, { body }) => {
    const before = await store.currentPolicy(ctx);
    await store.insertPolicy(ctx, body);
    await recordAudit(ctx, {
      action: 'incidents.set_policy',
      subject: 'policy:incidents',
      before,
      after: body,
    });
    return body;
  }),
];

const incidentRoutes: Handler[] = [
  handle(contract.openClocks, async (ctx) => ({
    serverTime: await store.currentTime(ctx),
    // Every page asks; who may not read incidents is told of none.
    clocks: (ctx.actor.permissions.has('incidents.read') ? await store.openClocks(ctx) : []).map((clock) => ({
      incidentId: clock.incident_id,
      number: clock.number,
      title: clock.title,
      to: clock.addressee,
      dueAt: clock.due_at,
      sentAt: clock.sent_at,
    })),
  })),
  handle(contract.listIncidents, async (ctx, { query }) => {
    const { items, ...counts } = await store.listIncidents(ctx, query);
    return { ...counts, items: await viewIncidents(ctx, items) };
  }),
  handle(contract.getIncident, async (ctx, { params }) =>
    viewDetail(
      ctx,
      (await store.findIncident(ctx, params.id)) ?? fail('base.not_found', { what: params.id }),
    ),
  ),
  handle(contract.reportIncident, async (ctx, { body }) => {
    const id = await openByHand(ctx, body);
    return (await viewIncidents(ctx, [(await store.findIncident(ctx, id))!]))[0]!;
  }),
  handle(contract.addNote, async (ctx, { params, body }, { reply }) => {
    const incident =
      (await store.findIncident(ctx, params.id)) ?? fail('base.not_found', { what: params.id });
    await store.addEntry(ctx, incident, {
      key: `note:${newId()}`,
      kind: 'note',
      zh: body.text,
      en: body.text,
    });
    await recordAudit(ctx, {
      action: 'incidents.note',
      subject: `incident:${incident.id}`,
      unitPath: incident.unit_path,
      after: body,
    });
    reply.status(204);
    return undefined;
  }),
  handle(contract.recheck, async (ctx, { params }, { reply }) => {
    const incident =
      (await store.findIncident(ctx, params.id)) ?? fail('base.not_found', { what: params.id });
    if (!incident.site_id) fail('base.not_found', { what: 'site' });
    await checkSiteSoon(ctx, incident.site_id);
    reply.status(204);
    return undefined;
  }),
];

const outcomeRoutes: Handler[] = [
  handle(contract.proposeOutcome, async (ctx, { params, body }, { reply }) => {
    await propose(ctx, params.id, body.kind, body.reason);
    reply.status(204);
    return undefined;
  }),
  handle(contract.decideOutcome, async (ctx, { params, body }, { reply }) => {
    await decide(ctx, params.id, params.proposalId, body.approve);
    reply.status(204);
    return undefined;
  }),
];

const reportRoutes: Handler[] = [
  handleRaw(contract.sendReport, async (app, actor, { params, body }) => {
    const id = await sendReport(app, actor, {
      incidentId: params.id,
      to: body.to,
      lateReason: body.lateReason ?? null,
    });
    return app.run(actor, async (ctx) => {
      const report = (await findReport(ctx, { id: id! }))!;
      return viewReport(report, await receiptsOf(ctx, [report.id]));
    });
  }),
  handleRaw(contract.getReportFile, async (app, actor, { params }, { reply }) => {
    const report = await app.run(actor, (ctx) => findReport(ctx, { id: params.reportId }));
    if (!report || report.incident_id !== params.id) fail('base.not_found', { what: params.reportId });
    const path = await app.files.find(params.format === 'pdf' ? report.pdf_sha256 : report.docx_sha256);
    if (!path) fail('base.not_found', { what: params.reportId });
    const name = `${report.addressee}-${report.attempt}.${params.format}`;
    return reply
      .type(formats[params.format])
      .header('content-disposition', `attachment; filename="report-${name}"`)
      .send(createReadStream(path));
  }),
  // Whoever holds the one-time link is known by it alone, so these two run as the system.
  handleRaw(contract.getAcknowledgement, (app, _actor, { params }) =>
    app.run(systemActor('incidents.acknowledge'), async (ctx) => {
      const { report, incident, obligation } = await openAcknowledgement(ctx, params.token);
      return {
        number: incident.number,
        title: incident.title,
        unit: incident.unit_name,
        to: report.addressee,
        dueAt: obligation.due_at,
        sentAt: report.composed_at,
        acknowledgedAt: obligation.acknowledged_at,
        exercise: incident.exercise,
      };
    }),
  ),
  handleRaw(contract.acknowledge, (app, _actor, { params, body }) =>
    app.run(systemActor('incidents.acknowledge'), (ctx) => acknowledgeReport(ctx, params.token, body)),
  ),
];

export const routes: Handler[] = [...policyRoutes, ...incidentRoutes, ...outcomeRoutes, ...reportRoutes];
