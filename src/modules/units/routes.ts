import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import { writeTemplate } from '#base/sheet';
import { appointmentRoutes } from './appointment-routes.ts';
import * as contract from './contract.ts';
import { fiveRoutes } from './five-routes.ts';
import { applyPeople } from './import-people.ts';
import { importSheet } from './import-sheet.ts';
import { applyUnits } from './import-units.ts';
import { papersRoutes } from './papers-routes.ts';
import { peopleRoutes } from './people-routes.ts';
import * as store from './store.ts';
import { unitRoutes } from './unit-routes.ts';

const workbookType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

export const routes: Handler[] = [
  ...peopleRoutes,
  ...appointmentRoutes,
  ...papersRoutes,
  ...fiveRoutes,
  ...unitRoutes,
  handleRaw(contract.importUnits, (app, actor, { query }, { request }) =>
    importSheet(
      app,
      actor,
      contract.unitSheet,
      { name: query.fileName, content: request.body as Readable },
      applyUnits,
    ),
  ),
  handleRaw(contract.importPeople, (app, actor, { query }, { request }) =>
    importSheet(
      app,
      actor,
      contract.peopleSheet,
      { name: query.fileName, content: request.body as Readable },
      applyPeople,
    ),
  ),
  handle(contract.listImports, async (ctx, { query }) => {
    const { items, ...counted } = await store.listImportRuns(ctx, query);
    return {
      ...counted,
      items: items.map((row) => ({
        id: row.id,
        kind: row.kind,
        fileName: row.file_name,
        accepted: row.accepted,
        rejected: row.rejected,
        at: row.at,
        by: row.actor_name,
      })),
    };
  }),
  handleRaw(contract.getTemplate, async (app, _actor, { params, query }, { reply }) => {
    const spec = app.modules
      .flatMap((module) => module.sheets ?? [])
      .find(({ kind }) => kind === params.kind);
    if (!spec) fail('base.not_found', { what: params.kind });
    return reply
      .type(query.format === 'csv' ? 'text/csv; charset=utf-8' : workbookType)
      .header('content-disposition', `attachment; filename="${spec.kind}.${query.format}"`)
      .send(Buffer.from(await writeTemplate(spec, query.format)));
  }),
  handleRaw(contract.getErrorWorkbook, async (app, actor, { params }, { reply }) => {
    const run = await app.run(actor, (ctx) => store.findImportRun(ctx, params.id));
    const path = run?.error_sha256 ? await app.files.find(run.error_sha256) : undefined;
    if (!path) fail('base.not_found', { what: params.id });
    return reply
      .type(workbookType)
      .header('content-disposition', `attachment; filename="errors-${run!.kind}.xlsx"`)
      .send(createReadStream(path));
  }),
];
