import { Readable } from 'node:stream';
import { type App, type Ctx, systemActor } from '#base/app';
import { fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import * as contract from './contract.ts';
import { auditKeys, makeCheckpoint } from './make-checkpoint.ts';
import { headOf, readLog, verifyStored } from './read-log.ts';
import { recordAudit } from './record-audit.ts';
import * as store from './store.ts';
import { proveConsistency, proveInclusion } from './tree-proof.ts';
import { acceptCosignature, fingerprintOf, registerWitness, retireWitness } from './witness.ts';
import { countCosignatures, listWitnesses, type WitnessRow } from './witness-store.ts';

/** The tree covers every unit, so it is read as the system; what is answered holds no content. */
function asSystem<T>(app: App, work: (ctx: Ctx) => Promise<T>): Promise<T> {
  return app.run(systemActor('audit.tree'), work);
}

const hex = (hashes: readonly Uint8Array[]) => hashes.map((hash) => Buffer.from(hash).toString('hex'));

function witnessOf(row: WitnessRow) {
  return {
    id: row.id,
    name: row.name,
    fingerprint: fingerprintOf(row.public_key),
    registeredAt: row.registered_at,
    retired: row.retired_at !== null,
    lastSize: row.last_size,
    lastAt: row.last_at,
  };
}

const readRoutes: Handler[] = [
  handle(contract.listEntries, async (ctx, { query }) => {
    const page = await store.listEntries(ctx, query);
    return {
      ...page,
      items: page.items.map((row) => ({
        id: row.id,
        index: row.leaf_index,
        at: row.at,
        actorId: row.actor_id,
        actorName: row.actor_name,
        action: row.action,
        subject: row.subject,
        before: row.before,
        after: row.after,
        leaf: row.leaf.toString('hex'),
      })),
    };
  }),
  handle(contract.listCheckpoints, async (ctx, { query }) => {
    const rows = await store.listCheckpoints(ctx, query.pageSize, (query.page - 1) * query.pageSize);
    const signed = await countCosignatures(
      ctx,
      rows.map((row) => row.size),
    );
    return {
      total: await store.countCheckpoints(ctx),
      items: rows.map((row) => ({ ...headOf(row), witnesses: signed.get(row.size) ?? 0 })),
    };
  }),
  handleRaw(contract.verifyChain, (app) => verifyStored(app)),
  handleRaw(contract.exportLog, async (app, actor, _input, { reply }) => {
    await asSystem(app, makeCheckpoint);
    await app.run(actor, (ctx) => recordAudit(ctx, { action: 'audit.export', subject: 'audit' }));
    return reply
      .type('application/x-ndjson')
      .header('content-disposition', 'attachment; filename="audit-log.ndjson"')
      .send(Readable.from(textOf(readLog(app, actor))));
  }),
];

async function* textOf(lines: AsyncIterable<contract.LogLine>): AsyncGenerator<string> {
  for await (const line of lines) yield `${JSON.stringify(line)}\n`;
}

const proofRoutes: Handler[] = [
  handleRaw(contract.sealLog, async (app, actor) => {
    const head = await asSystem(app, async (ctx) => {
      await makeCheckpoint(ctx);
      return (await store.lastCheckpoint(ctx)) ?? fail('audit.no_such_head', { size: 0 });
    });
    await app.run(actor, (ctx) =>
      recordAudit(ctx, { action: 'audit.seal', subject: 'audit', after: { size: head.size } }),
    );
    return headOf(head);
  }),
  handleRaw(contract.latestHead, async (app) => {
    const head = await asSystem(app, store.lastCheckpoint);
    return { head: head ? headOf(head) : null, publicKey: (await auditKeys(app)).publicPem };
  }),
  handleRaw(contract.getConsistency, (app, _actor, { query: { from, to } }) =>
    asSystem(app, async (ctx) => {
      const size = (await store.lastCheckpoint(ctx))?.size ?? 0;
      if (from > to || to > size) fail('audit.bad_range', { from, to, size });
      return { from, to, proof: hex(await proveConsistency(ctx, from, to)) };
    }),
  ),
  handleRaw(contract.getInclusion, async (app, actor, { params }) => {
    const entry = await app.run(actor, (ctx) => store.findEntry(ctx, params.id));
    if (!entry) fail('base.not_found', { what: params.id });
    const index = entry.leaf_index ?? fail('audit.not_placed');
    return asSystem(app, async (ctx) => {
      const head = (await store.checkpointOver(ctx, index)) ?? fail('audit.not_placed');
      const proof = hex(await proveInclusion(ctx, index, head.size));
      return { index, leaf: entry.leaf.toString('hex'), head: headOf(head), proof };
    });
  }),
];

const witnessRoutes: Handler[] = [
  handle(contract.listWitnesses, async (ctx, { query }) => {
    const page = await listWitnesses(ctx, query);
    return { ...page, items: page.items.map(witnessOf) };
  }),
  handle(contract.registerWitness, async (ctx, { body }) => witnessOf(await registerWitness(ctx, body))),
  handle(contract.retireWitness, async (ctx, { params }, { reply }) => {
    await retireWitness(ctx, params.id);
    reply.status(204);
    return undefined;
  }),
  handleRaw(contract.cosignHead, async (app, _actor, { body }, { reply }) => {
    await asSystem(app, (ctx) => acceptCosignature(ctx, body));
    return reply.status(204).send();
  }),
];

export const routes: Handler[] = [...readRoutes, ...proofRoutes, ...witnessRoutes];
