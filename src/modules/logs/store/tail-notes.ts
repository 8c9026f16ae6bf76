/** PostgreSQL as a post office between web processes and collectors. */
import type { App } from '#base/app';
import { lineChannel, type Want, wantChannel } from '../tail/wants.ts';

export async function tellWant(app: App, want: Want): Promise<void> {
  await app.appPool.query('SELECT pg_notify($1, $2)', [wantChannel, JSON.stringify(want)]);
}

/** All of them at once: one commit wakes the listeners. */
export async function tellLines(app: App, payloads: readonly string[]): Promise<void> {
  await app.appPool.query('SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload', [
    lineChannel,
    payloads,
  ]);
}
