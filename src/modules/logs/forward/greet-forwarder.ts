import { recordAudit } from '#audit';
import type { Actor, App, Ctx } from '#base/app';
import { fail, isAppError } from '#base/errors';
import { registeredKeys } from '../installation-keys.ts';
import { fingerprintOf } from '../segments/link-signature.ts';
import { installationId } from '../store/chain-store.ts';
import * as store from '../store/forward-store.ts';
import { forwarderOf, tellRefusal, tellTaken } from './receive-segment.ts';
import { partOf } from './take-bytes.ts';

interface Hello {
  readonly installation: string;
  readonly name: string;
  readonly chainSeq: number;
  readonly keys: readonly string[];
}

/**
 * Makes a forwarder known at its first call, with the keys that it names then; keys that it names later wait until
 * somebody here accepts them. Fails with `logs.forward_foreign`, `logs.forward_rolled_back`.
 */
export async function greetForwarder(app: App, actor: Actor, hello: Hello) {
  const { installation } = hello;
  try {
    const part = await partOf(app, installation);
    return await app.run(actor, async (ctx) => {
      const keys = await registeredKeys(ctx);
      const city = await installationId(ctx);
      if (city === installation) fail('logs.forward_foreign', { installation });
      const forwarder = await knownOrNew(ctx, hello);
      await store.noteHeard(ctx, forwarder.id, hello.chainSeq);
      const { chain_seq: chainSeq, link } = await store.headOf(ctx, installation);
      if (hello.chainSeq < chainSeq)
        fail('logs.forward_rolled_back', { theirs: hello.chainSeq, ours: chainSeq });
      return { city, publicKey: keys.publicPem, chainSeq, link, part };
    });
  } catch (error) {
    if (isAppError(error)) await tellRefusal(app, actor, installation, error);
    throw error;
  }
}

async function knownOrNew(ctx: Ctx, hello: Hello): Promise<store.ForwarderRow> {
  const { installation: chain, name } = hello;
  const known = await store.findForwarder(ctx, chain);
  if (known) {
    const forwarder = await forwarderOf(ctx, chain);
    // As long as nothing came from it there is nothing that a foreign key could go on with.
    const { chain_seq: received } = await store.headOf(ctx, chain);
    await addKeys(ctx, forwarder, hello.keys, received === 0);
    return forwarder;
  }
  const { unitPath } = ctx.actor;
  await store.insertForwarder(ctx, { chain, unitPath, name }).catch((error) => tellTaken(chain, error));
  const forwarder = (await store.findForwarder(ctx, chain))!;
  await addKeys(ctx, forwarder, hello.keys, true);
  await recordAudit(ctx, {
    action: 'logs.forwarder_seen',
    subject: `log_forwarder:${forwarder.id}`,
    unitPath,
    after: { chain, name, keys: hello.keys.map(fingerprint) },
  });
  return forwarder;
}

async function addKeys(
  ctx: Ctx,
  forwarder: store.ForwarderRow,
  keys: readonly string[],
  isAccepted: boolean,
): Promise<void> {
  for (const publicKey of keys) {
    const key = { fingerprint: fingerprint(publicKey), publicKey, isAccepted };
    if (!(await store.insertKey(ctx, forwarder, key)) || isAccepted) continue;
    await recordAudit(ctx, {
      action: 'logs.forwarder_key',
      subject: `log_forwarder:${forwarder.id}`,
      unitPath: forwarder.unit_path,
      after: { fingerprint: key.fingerprint },
    });
  }
}

function fingerprint(publicKey: string): string {
  try {
    return fingerprintOf(publicKey);
  } catch (error) {
    return fail('base.invalid_input', { summary: 'keys: PEM, Ed25519' }, error);
  }
}
