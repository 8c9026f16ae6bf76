import { fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import { acknowledgeByToken, viewByToken } from './acknowledge.ts';
import * as contract from './contract.ts';
import { giveUp, reroute, retryAll, retryOne } from './dead-letters.ts';
import { maskAddress } from './rules.ts';
import * as store from './store/delivery-store.ts';

export const deliveryRoutes: Handler[] = [
  handle(contract.listDeliveries, async (ctx, { query }) => {
    const page = await store.listDeliveries(ctx, query);
    return { ...page, items: page.items.map(shapeOf) };
  }),
  handle(contract.getDelivery, async (ctx, { params }) => {
    const row = await store.findDelivery(ctx, params.id);
    if (!row) return fail('base.not_found', { what: params.id });
    const { receipts, attempts } = await store.historyOf(ctx, params.id);
    return {
      ...shapeOf({ ...row, channel_name: null }),
      key:
        row.channel === 'sms' ? row.key.replace(row.recipient, maskAddress('sms', row.recipient)) : row.key,
      receipts,
      attemptList: attempts.map(({ attempt, begun_at: begunAt, ended_at: endedAt, outcome, detail }) => ({
        attempt,
        begunAt,
        endedAt,
        outcome,
        detail,
      })),
    };
  }),
  handle(contract.retryDeliveries, async (ctx, { body }) => ({ count: await retryAll(ctx, body.channel) })),
  handle(contract.retryDelivery, async (ctx, { params }, { reply }) => {
    await retryOne(ctx, params.id);
    reply.status(204);
    return undefined;
  }),
  handle(contract.giveUpDelivery, async (ctx, { params, body }, { reply }) => {
    await giveUp(ctx, params.id, body.reason);
    reply.status(204);
    return undefined;
  }),
  handle(contract.rerouteDelivery, async (ctx, { params, body }) => ({
    id: await reroute(ctx, params.id, body.channel),
  })),
  handleRaw(contract.viewReceived, async (app, _actor, { params }) => viewByToken(app, params.token)),
  handleRaw(contract.confirmReceived, async (app, _actor, { params }, { request, reply }) => {
    await acknowledgeByToken(app, params.token, request.ip);
    return reply.status(204).send();
  }),
];

function shapeOf(row: store.ListedDelivery) {
  return {
    id: row.id,
    at: row.at,
    channel: row.channel,
    channelName: row.channel_name,
    kind: row.kind,
    urgent: row.urgent,
    to: maskAddress(row.channel, row.recipient),
    subject: row.subject,
    level: row.level,
    state: row.state,
    dueAt: row.state === 'waiting' ? row.due_at : null,
    error: row.error,
    attempts: row.attempts,
    givenUpReason: row.given_up_reason,
  };
}
