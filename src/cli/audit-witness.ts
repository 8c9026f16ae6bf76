/** A witness of the audit log, on a machine that the log's keepers do not control. */
import { createHash, createPublicKey } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { signWitnessed, verifyConsistency, verifyHead } from '#audit';
import { cosignHead, getConsistency, latestHead } from '#audit/contract';
import { type KeyPair, loadOrCreateKeys } from '#base/keys';
import { after } from '#base/timers';
import type { AuditOptions } from './audit.ts';
import type { ClientIo } from './commands.ts';

/** What the witness has seen: it is never taken back. */
interface Seen {
  readonly size: number;
  readonly root: string;
  readonly publicKey: string;
}

/** Signs once, or every so many seconds until it finds a broken log. Exit code 1: the log was rolled back or forked. */
export async function witnessCommand(state: string, values: AuditOptions, io: ClientIo): Promise<number> {
  const keys = await loadOrCreateKeys(state, 'witness');
  if (values['show-key']) {
    io.stdout(keys.publicPem);
    return 0;
  }
  const seconds = Number(values.every ?? 0);
  for (;;) {
    const problem = await followOnce(state, keys, io);
    if (problem) {
      io.stderr(
        `${problem}\n请立即通知审计管理员，并保存 ${state}。Tell the auditor at once and keep ${state}.\n`,
      );
      return 1;
    }
    if (!(seconds > 0)) return 0;
    await new Promise<void>((resolve) => after(Math.max(1, seconds) * 1000, resolve));
  }
}

/** Looks at the newest head; signs it when it grew out of the last one. Returns what is wrong, if anything is. */
async function followOnce(state: string, keys: KeyPair, io: ClientIo): Promise<string | null> {
  const file = join(state, 'seen.json');
  const seen = await readSeen(file);
  const { head, publicKey } = await io.client.call(latestHead);
  if (seen && seen.publicKey !== publicKey) return '签名公钥换了 the signing key has changed';
  if (!head) {
    if (seen) return '日志变空了 the log is empty now';
    io.stdout('日志还没有检查点 no checkpoint yet\n');
    return null;
  }
  const root = Buffer.from(head.root, 'hex');
  const signature = Buffer.from(head.signature, 'base64');
  if (!verifyHead(head.size, root, signature, createPublicKey(publicKey)))
    return '签名不对 the signature is not valid';
  const problem = await faultOfGrowth(seen, head, io);
  if (problem) return problem;
  // Kept before it is told: what a witness signed it must never forget.
  await writeSeen(file, { size: head.size, root: head.root, publicKey });
  const signed = signWitnessed(head.size, root, keys.privateKey).toString('base64');
  await io.client.call(cosignHead, {
    body: { size: head.size, publicKey: keys.publicPem, signature: signed },
  });
  const key = createHash('sha256').update(publicKey).digest('hex').slice(0, 16);
  io.stdout(`已会签 countersigned: ${head.size}  ${head.root}  (key ${key})\n`);
  return null;
}

async function faultOfGrowth(
  seen: Seen | undefined,
  head: { size: number; root: string },
  io: ClientIo,
): Promise<string | null> {
  if (!seen) return null;
  if (head.size < seen.size) return `日志被回滚 rolled back: ${seen.size} → ${head.size}`;
  const { proof } = await io.client.call(getConsistency, { query: { from: seen.size, to: head.size } });
  const grew = verifyConsistency(
    seen.size,
    Buffer.from(seen.root, 'hex'),
    head.size,
    Buffer.from(head.root, 'hex'),
    proof.map((hash) => Buffer.from(hash, 'hex')),
  );
  return grew ? null : `日志被换过 forked after ${seen.size}`;
}

async function readSeen(file: string): Promise<Seen | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Seen;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writeSeen(file: string, seen: Seen): Promise<void> {
  await writeFile(`${file}.part`, `${JSON.stringify(seen)}\n`, { mode: 0o600, flush: true });
  await rename(`${file}.part`, file);
}
