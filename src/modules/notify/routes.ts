import { fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import * as contract from './contract.ts';
import { addListener } from './live-events.ts';
import * as store from './store.ts';

export const routes: Handler[] = [
  handle(contract.listMessages, async (ctx, { query }) => {
    const { items, total, unread } = await store.listMessages(ctx, query);
    return {
      total,
      unread,
      items: items.map(({ id, at, subject, body, link, urgent, read_at: readAt }) => ({
        id,
        at,
        subject,
        body,
        link,
        urgent,
        readAt,
      })),
    };
  }),
  handle(contract.readMessage, async (ctx, { params }, { reply }) => {
    if (!(await store.markRead(ctx, params.id))) fail('base.not_found', { what: params.id });
    reply.status(204);
    return undefined;
  }),
  handle(contract.listDeliveries, async (ctx, { query }) => {
    const { items, total } = await store.listMails(ctx, query);
    return {
      total,
      items: items.map(({ id, at, recipient, subject, level, error, attempts }) => ({
        id,
        at,
        to: recipient,
        subject,
        level,
        error,
        attempts,
      })),
    };
  }),
  handleRaw(contract.liveEvents, async (_app, actor, _input, { reply }) => addListener(actor, reply)),
];
