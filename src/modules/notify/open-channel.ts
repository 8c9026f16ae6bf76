import type { App } from '#base/app';
import { openSealer } from '#base/seal';
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

const sealer = (app: App) => openSealer(app.config.dataDir, 'notify.channel');

export async function sealChannel(app: App, id: string, secrets: Sealed): Promise<Buffer> {
  return (await sealer(app)).sealBytes(JSON.stringify(secrets), id);
}

/** Opens a channel's secrets. Throws when the installation's key is another one (a database moved alone). */
export async function openChannel(app: App, row: ChannelRow): Promise<OpenChannel> {
  const text = (await sealer(app)).open(row.sealed, row.id);
  if (text === undefined) throw new Error(`the secrets of channel ${row.id} were sealed with another key`);
  const { url, secret } = JSON.parse(text) as Sealed;
  return { id: row.id, kind: row.kind, url, secret, settings: row.settings };
}
