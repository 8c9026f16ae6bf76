/** Checking files before they are published: nothing is kept, everything is answered. */
import { z } from 'zod';
import { route } from '#base/contract';

/** The largest file that is checked. */
export const DOCUMENT_BYTES_MAX = 50 * 1024 * 1024;

/** What a masked copy of `fileName` is called: nobody shall publish the original for it. */
export function maskedNameOf(fileName: string): string {
  return fileName.replace(/(\.[^.]*)?$/, '（已打码）$1');
}

const fileQuery = z.object({ fileName: z.string().trim().min(1).max(255) });

export const documentFinding = z.object({
  rule: z.string(),
  kind: z.string(),
  severity: z.enum(['info', 'low', 'medium', 'high', 'critical']),
  /** What was found; personal numbers are masked. */
  text: z.string(),
  context: z.string(),
  /** Where in the file: `sheet:成绩单!B3 (hidden column)`, `page:2`; empty for a file of one text. */
  part: z.string(),
  start: z.number().int(),
  end: z.number().int(),
});

const documentReport = z.object({
  /** The worst 1000. */
  findings: z.array(documentFinding),
  /** How many there are. `unread.*` say what could not be looked at. */
  total: z.number().int(),
  /** Hits that were not reported: harmless phrases, prevention teaching. */
  suppressed: z.number().int(),
  /** False: something in the file could not be looked at. */
  complete: z.boolean(),
});

export const checkDocument = route({
  method: 'POST',
  path: '/api/documents/check',
  summary: 'Checks a file of at most 50 MiB (text in pictures included); nothing of it is kept.',
  access: 'signed-in',
  forMachines: 'watch.scan',
  query: fileQuery,
  accepts: 'stream',
  limit: { calls: 120, minutes: 10, of: 'actor' },
  reply: documentReport,
});

export const maskDocument = route({
  method: 'POST',
  path: '/api/documents/mask',
  summary: 'A copy of an office or text file with its personal numbers masked; nothing of it is kept.',
  access: 'signed-in',
  forMachines: 'watch.scan',
  query: fileQuery,
  accepts: 'stream',
  produces: 'file',
  limit: { calls: 60, minutes: 10, of: 'actor' },
});

export const scanContent = route({
  method: 'POST',
  path: '/api/scan',
  summary: 'Checks a text or a page before it is published: for the editors of websites.',
  access: 'signed-in',
  forMachines: 'watch.scan',
  maxBytes: 4 * 1024 * 1024,
  body: z.object({
    text: z.string().max(1_000_000),
    html: z.boolean().default(false),
    /** Address that the page will have: links to its own site are not external. */
    url: z.url().max(2000).optional(),
  }),
  reply: documentReport,
});

/** Only tokens need it: whoever is signed in may have a text checked. */
export const documentPermissions = {
  'watch.scan': {
    zh: '送检文字、网页和文件（建站系统插件）',
    en: 'Have texts, pages and files checked (plug-ins of website editors)',
  },
} as const;
