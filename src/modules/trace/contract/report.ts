/** The report of a trace for the police, and the sealed annex with a name. */
import { z } from 'zod';
import { route } from '#base/contract';

const format = z.enum(['pdf', 'docx']);

export const traceReportFile = route({
  method: 'GET',
  path: '/api/traces/:id/report/:format',
  summary:
    'The report of a trace in Chinese, without names: chain, raw lines, hashes, coverage, what is not proven.',
  access: 'trace.run',
  params: z.object({ id: z.uuid(), format }),
  produces: 'file',
});

export const nameAnnexFile = route({
  method: 'POST',
  path: '/api/reveals/:id/annex/:format',
  summary:
    'The sealed annex with the name, for the one who asked, while the approval lasts. Counts as a look at the name.',
  access: 'trace.reveal_request',
  params: z.object({ id: z.uuid(), format }),
  produces: 'file',
});
