import type { App } from '#base/app';
import type { OpenChannel } from '../open-channel.ts';
import { lineOf, type Outcome, type Outgoing } from './outcome.ts';
import { postJson } from './post-json.ts';
import { signWebhook } from './signatures.ts';

/**
 * Posts `{id, at, messages}` with `Jiaodun-Id` (the same for every attempt), `Jiaodun-Timestamp` and
 * `Jiaodun-Signature: v1=<hex>`. Any 2xx is taken as accepted.
 */
export async function sendWebhook(app: App, channel: OpenChannel, outgoing: Outgoing): Promise<Outcome> {
  const timestamp = Math.floor(app.clock.now().getTime() / 1000);
  const body = JSON.stringify({
    id: outgoing.batchId,
    at: app.clock.now().toISOString(),
    messages: outgoing.messages,
  });
  const result = await postJson(app, channel, {
    body,
    headers: {
      'Jiaodun-Id': outgoing.batchId,
      'Jiaodun-Timestamp': String(timestamp),
      'Jiaodun-Signature': `v1=${signWebhook(channel.secret, timestamp, body)}`,
    },
  });
  if ('failure' in result) return result.failure;
  return { outcome: 'accepted', detail: lineOf(`HTTP ${result.answer.status} ${result.answer.text}`) };
}
