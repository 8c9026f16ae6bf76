import { type Handler, handle, handleRaw } from '#base/http';
import { acknowledgeOwn, openMessage } from './acknowledge.ts';
import * as contract from './contract.ts';
import { addListener } from './live-events.ts';
import { changePreference, viewPreference } from './preferences.ts';
import * as store from './store.ts';

export const routes: Handler[] = [
  handle(contract.listMessages, async (ctx, { query }) => {
    const page = await store.listMessages(ctx, query);
    return {
      ...page,
      items: page.items.map((row) => ({
        id: row.id,
        at: row.at,
        kind: row.kind,
        subject: row.subject,
        body: row.body,
        link: row.link,
        urgent: row.urgent,
        readAt: row.read_at,
        wantsAcknowledgement: row.wants_acknowledgement,
        acknowledgedAt: row.acknowledged_at,
      })),
    };
  }),
  handle(contract.readMessage, async (ctx, { params }, { reply }) => {
    await openMessage(ctx, params.id);
    reply.status(204);
    return undefined;
  }),
  handleRaw(contract.acknowledgeMessage, async (app, actor, { params }, { reply }) => {
    await acknowledgeOwn(app, actor, params.id);
    return reply.status(204).send();
  }),
  handle(contract.getPreference, async (ctx) => viewPreference(ctx)),
  handle(contract.setPreference, async (ctx, { body }, { reply }) => {
    await changePreference(ctx, body);
    reply.status(204);
    return undefined;
  }),
  handleRaw(contract.liveEvents, async (_app, actor, _input, { reply }) => addListener(actor, reply)),
];
