/**
 * How web processes and collectors find each other: by notifications of the database, which every process reaches,
 * however many machines there are. Nothing is sent while nobody watches.
 */
import { z } from 'zod';

/** From a web process: somebody watches these sources (null: whichever) until then; repeated while it is so. */
export const wantChannel = 'jiaodun_log_want';
/** From a collector: lines that are durable and not yet indexed. */
export const lineChannel = 'jiaodun_log_lines';

export const want = z.object({
  id: z.string(),
  sources: z.array(z.number().int()).nullable(),
  /** Epoch ms. */
  until: z.number(),
});
export type Want = z.infer<typeof want>;

export const lineBatch = z.object({
  source: z.number().int(),
  /** Received at (epoch ms), sender, bytes in base64, whether only the beginning is here. */
  lines: z.array(z.tuple([z.number(), z.string(), z.string(), z.boolean()])),
  /** Lines that were left out: more came than notifications carry. */
  skipped: z.number().int(),
});
export type LineBatch = z.infer<typeof lineBatch>;

/** PostgreSQL takes notifications of less than 8000 bytes. */
export const maxNotification = 7_000;
