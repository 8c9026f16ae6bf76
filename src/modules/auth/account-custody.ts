import type { Custody } from '#base/app';
import { findAccountsOf } from './account-custody-store.ts';

/** Accounts hang on a person; they are never handed over, only disabled, by who keeps accounts. */
export const accountCustody: Custody = {
  kind: 'account',
  permission: 'accounts.read',
  heldBy: async (ctx, personId, limit) => {
    const rows = await findAccountsOf(ctx, personId, limit);
    return { total: rows.length, items: rows.map((row) => ({ ...row, link: `/users?q=${row.title}` })) };
  },
};
