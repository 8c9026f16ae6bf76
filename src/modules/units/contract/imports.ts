/** Imports: templates, earlier runs, rejected rows. */
import { z } from 'zod';
import { idParams, listOf, listQuery, route, time } from '#base/contract';

export const getErrorWorkbook = route({
  method: 'GET',
  path: '/api/import/errors/:id',
  summary: 'The rejected rows of an import as a workbook, reasons as comments.',
  access: 'signed-in',
  params: idParams,
  produces: 'file',
});

export const getTemplate = route({
  method: 'GET',
  path: '/api/import/template/:kind',
  summary: 'The empty import table of a kind, with one example row; .xlsx has drop-downs.',
  access: 'signed-in',
  params: z.object({ kind: z.enum(['units', 'people', 'sites', 'allocations', 'devices']) }),
  query: z.object({ format: z.enum(['xlsx', 'csv']).default('xlsx') }),
  produces: 'file',
});

export const importRun = z.object({
  id: z.uuid(),
  kind: z.string(),
  fileName: z.string(),
  accepted: z.number(),
  rejected: z.number(),
  at: time,
  by: z.string(),
});

export const listImports = route({
  method: 'GET',
  path: '/api/imports',
  summary: 'Earlier imports in the caller’s scope.',
  access: 'units.read',
  query: listQuery,
  reply: listOf(importRun),
});
