import type { Ctx } from '#base/app';
import { accountsAbove, insertMessage } from './store.ts';

export interface AppMessage {
  /** What it is about, once: `(event, step)`. The same key is shown to a reader once. */
  readonly key: string;
  readonly unitPath: string;
  readonly roles: readonly string[];
  readonly subject: string;
  readonly body: string;
  readonly link: string | null;
  readonly urgent: boolean;
}

/**
 * Writes an in-app message to everyone with one of `roles` in the unit or above it. Must run as the system.
 * Returns how many accounts it reaches; 0 means that nobody holds such a role.
 */
export async function notifyAccounts(ctx: Ctx, message: AppMessage): Promise<number> {
  const accounts = await accountsAbove(ctx, message.unitPath, message.roles);
  for (const account of accounts) {
    await insertMessage(ctx, { ...message, accountId: account.id, unitPath: account.unit_path });
  }
  return accounts.length;
}
