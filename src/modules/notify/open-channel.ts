import type { App } from '#base/app';
import { openSecret, sealSecret } from '#base/keys';
import type { ChannelSettings, OuterKind } from './contract.ts';
import type { ChannelRow } from './store/channel-store.ts';

/** A channel with its secrets, in memory only. */
export interface OpenChannel {
  readonly id: string;
  readonly kind: OuterKind;
  readonly url: string;
  readonly secret: string;
  readonly settings: ChannelSettings;
}

export interface Sealed {
  readonly url: string;
  readonly secret: string;
}

const purposeOf = (id: string) => `notify.channel:${id}`;

export function sealChannel(app: App, id: string, secrets: Sealed): Promise<Buffer> {
  return sealSecret(app.config.dataDir, purposeOf(id), JSON.stringify(secrets));
}

/** Opens a channel's secrets. Throws when the installation's key is another one (a database moved alone). */
export async function openChannel(app: App, row: ChannelRow): Promise<OpenChannel> {
  const text = await openSecret(app.config.dataDir, purposeOf(row.id), row.sealed);
  const { url, secret } = JSON.parse(text) as Sealed;
  return { id: row.id, kind: row.kind, url, secret, settings: row.settings };
}
