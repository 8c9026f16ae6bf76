import { Readable } from 'node:stream';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import * as contract from '../contract/forward.ts';
import { knownInstallation } from '../store/chain-store.ts';
import * as store from '../store/forward-store.ts';
import { greetForwarder } from './greet-forwarder.ts';
import { forwarderOf, receiveSegment } from './receive-segment.ts';
import { takeBytes } from './take-bytes.ts';

export const forwardRoutes: Handler[] = [
  handleRaw(contract.forwardHello, (app, actor, { body }) => greetForwarder(app, actor, body)),
  handleRaw(contract.forwardBytes, async (app, actor, { query }, { request }) => {
    await app.run(actor, (ctx) => forwarderOf(ctx, query.installation));
    if (!(request.body instanceof Readable)) {
      fail('base.invalid_input', { summary: 'send the bytes as application/octet-stream' });
    }
    return { bytes: await takeBytes(app, query, request.body) };
  }),
  handleRaw(contract.forwardSegment, (app, actor, { body }) => receiveSegment(app, actor, body)),
  handle(contract.listForwarders, async (ctx, { query }) => {
    const { items, ...counts } = await store.listForwarders(ctx, query);
    return { ...counts, items: await Promise.all(items.map((row) => presentForwarder(ctx, row))) };
  }),
  handle(contract.acceptForwarderKey, async (ctx, { params, body }) => {
    const unitPath = await store.acceptKey(ctx, params.id, body.fingerprint);
    if (unitPath === undefined) fail('base.not_found', { what: `key ${body.fingerprint}` });
    await recordAudit(ctx, {
      action: 'logs.accept_forwarder_key',
      subject: `log_forwarder:${params.id}`,
      unitPath,
      after: body,
    });
    return undefined;
  }),
  handle(contract.forwardStatus, async (ctx) => ({ sending: await sendingOf(ctx) })),
];

async function presentForwarder(ctx: Ctx, row: store.ForwarderFigures): Promise<contract.Forwarder> {
  const keys = await store.keysOf(ctx, row.id);
  return {
    id: row.id,
    name: row.name,
    unitPath: row.unit_path,
    unitName: row.unit_name,
    chain: row.chain,
    chainSeq: row.chain_seq,
    theirSeq: row.their_seq,
    lag: Math.max(0, row.their_seq - row.chain_seq),
    since: row.since.toISOString(),
    heardAt: row.heard_at.toISOString(),
    problem: row.problem,
    keys: keys.map(({ fingerprint, seen_at, accepted_at }) => ({
      fingerprint,
      seenAt: seen_at.toISOString(),
      acceptedAt: accepted_at?.toISOString() ?? null,
    })),
  };
}

async function sendingOf(ctx: Ctx): Promise<contract.ForwardSending | null> {
  const state = await store.readState(ctx);
  if (!state) return null;
  const { chain_seq: chainSeq } = await store.headOf(ctx, 'main');
  const receipt = await store.lastReceipt(ctx);
  const sentSeq = receipt?.chain_seq ?? 0;
  return {
    target: state.target,
    chainSeq,
    sentSeq,
    lag: chainSeq - sentSeq,
    triedAt: state.tried_at?.toISOString() ?? null,
    doneAt: state.done_at?.toISOString() ?? null,
    sentBytes: state.sent_bytes,
    allBytes: state.all_bytes,
    failures: state.failures,
    problem: state.problem,
    lastReceipt: receipt
      ? {
          installation: await knownInstallation(ctx),
          chainSeq: receipt.chain_seq,
          link: receipt.link,
          city: receipt.city,
          receivedAt: receipt.received_at,
          publicKey: receipt.public_key,
          signature: receipt.signature.toString('base64'),
        }
      : null,
  };
}
