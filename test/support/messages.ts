/** Message channels in tests: set up through the API, with a protocol-true peer on loopback. */
import type { FastifyInstance } from 'fastify';
import { call, type SignedIn } from '#test/city';

export interface ChannelInput {
  readonly kind: 'mail' | 'sms' | 'webhook' | 'wecom' | 'dingtalk' | 'feishu';
  readonly name: string;
  readonly unitCode: string;
  readonly url: string;
  readonly secret?: string;
  readonly settings?: Record<string, unknown>;
}

/** Sets a channel up; returns its id. */
export async function setUpChannel(
  server: FastifyInstance,
  who: SignedIn,
  channel: ChannelInput,
): Promise<string> {
  const reply = await call(server, who, 'POST', '/api/channels', {
    settings: { kinds: ['incident', 'obligation', 'task', 'notice'] },
    ...channel,
  });
  if (reply.status !== 200) throw new Error(`channel ${channel.name}: ${JSON.stringify(reply.body)}`);
  return reply.body.id;
}
