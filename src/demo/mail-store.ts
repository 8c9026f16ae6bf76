/** The kept mails on disk. */
import { createHash } from 'node:crypto';
import { open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { parseMail } from './mime.ts';

/** One kept mail, as the list shows it. */
export interface KeptMail {
  /** File name without `.eml`: time of receipt and a digest, so that names sort by time. */
  readonly id: string;
  readonly subject: string;
  readonly from: string;
  readonly to: string;
  readonly receivedAt: Date;
  readonly size: number;
}

/** Largest mail taken, announced to clients (RFC 1870): reports with evidence bags are some megabytes. */
export const MAX_MAIL_BYTES = 64 * 1024 * 1024;

class MailTooLargeError extends Error {
  /** SMTP reply code: exceeded storage allocation (RFC 5321 §4.2.3). */
  readonly responseCode = 552;
}

/** Writes the mail, forces it to disk and only then lets the server answer 250. */
export async function keepMail(
  stream: AsyncIterable<Buffer>,
  dir: string,
  now: () => Date,
): Promise<KeptMail> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    // Read on to the end without keeping: the server answers only after the final dot.
    if (size <= MAX_MAIL_BYTES) chunks.push(chunk);
  }
  if (size > MAX_MAIL_BYTES) throw new MailTooLargeError(`mail larger than ${MAX_MAIL_BYTES} bytes`);
  const raw = Buffer.concat(chunks);
  const receivedAt = now();
  const digest = createHash('sha256').update(raw).digest('hex').slice(0, 12);
  const id = `${receivedAt.toISOString().replace(/[-:.]/g, '')}-${digest}`;
  const path = join(dir, `${id}.eml`);
  const file = await open(`${path}.part`, 'w', 0o600);
  try {
    await file.writeFile(raw);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.part`, path);
  return describe(id, raw, receivedAt);
}

function describe(id: string, raw: Uint8Array, receivedAt: Date): KeptMail {
  const { subject, from, to } = parseMail(raw);
  return { id, subject, from, to, receivedAt, size: raw.length };
}

const ID_SHAPE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-[0-9a-f]{12}$/;

/** Whether a text is the id of a kept mail (and so safe as a file name). */
export function isMailId(text: string): boolean {
  return ID_SHAPE.test(text);
}

/** Reads what was kept before, to list it; a half-written mail was never acknowledged and is left out. */
export async function readKept(dir: string): Promise<KeptMail[]> {
  const kept: KeptMail[] = [];
  for (const name of await readdir(dir)) {
    const id = name.endsWith('.eml') ? name.slice(0, -4) : '';
    const time = ID_SHAPE.exec(id);
    if (!time) continue;
    const [, y, mo, d, h, mi, s, ms] = time;
    const receivedAt = new Date(`${y}-${mo}-${d}T${h}:${mi}:${s}.${ms}Z`);
    kept.push(describe(id, await readFile(join(dir, name)), receivedAt));
  }
  return kept;
}
