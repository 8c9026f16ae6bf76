import { createHash, createPublicKey } from 'node:crypto';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { recordAudit } from './record-audit.ts';
import { verifyWitnessed } from './statement.ts';
import * as store from './store.ts';
import {
  findWitness,
  insertCosignature,
  insertWitness,
  retireWitness as retire,
  type WitnessRow,
} from './witness-store.ts';

/** One spelling of a key: the PEM that Node prints. Throws `audit.bad_key`. */
function pemOf(text: string): string {
  try {
    const key = createPublicKey(text);
    if (key.asymmetricKeyType !== 'ed25519') fail('audit.bad_key');
    return key.export({ type: 'spki', format: 'pem' }).toString();
  } catch (error) {
    fail('audit.bad_key', {}, error);
  }
}

/** What people compare by eye: the first 16 hexadecimal digits of the key's SHA-256. */
export function fingerprintOf(pem: string): string {
  const der = createPublicKey(pem).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex').slice(0, 16);
}

/** Registers a witness. A key that is known already is refused. */
export async function registerWitness(
  ctx: Ctx,
  input: { name: string; publicKey: string },
): Promise<WitnessRow> {
  const publicKey = pemOf(input.publicKey);
  const id = await insertWitness(ctx, { name: input.name, publicKey });
  if (!id) fail('base.conflict', { what: fingerprintOf(publicKey) });
  await recordAudit(ctx, {
    action: 'audit.register_witness',
    subject: `witness:${id}`,
    after: { name: input.name, fingerprint: fingerprintOf(publicKey) },
  });
  return (await findWitness(ctx, { id }))!;
}

export async function retireWitness(ctx: Ctx, id: string): Promise<void> {
  if (!(await retire(ctx, id))) fail('base.not_found', { what: id });
  await recordAudit(ctx, { action: 'audit.retire_witness', subject: `witness:${id}` });
}

/** Takes a witness's signature over one of our heads. Runs as the system: a witness's token sees no unit. */
export async function acceptCosignature(
  ctx: Ctx,
  input: { size: number; publicKey: string; signature: string },
): Promise<void> {
  const publicKey = pemOf(input.publicKey);
  const witness = await findWitness(ctx, { publicKey });
  if (!witness || witness.retired_at) fail('audit.unknown_witness');
  const head = (await store.findCheckpoint(ctx, input.size)) ?? fail('audit.no_such_head', input);
  const signature = Buffer.from(input.signature, 'base64');
  if (!verifyWitnessed(head.size, head.root, signature, createPublicKey(publicKey))) {
    fail('audit.bad_cosignature', { size: input.size });
  }
  await insertCosignature(ctx, { size: head.size, witness, signature });
}
