import type { z } from 'zod';
import type { Ctx } from '#base/app';
import type * as contract from '../contract.ts';
import { lockedFor, passwordDaysLeft, type SignInPolicy } from '../policy/policy-rules.ts';
import { permissionsOf } from '../roles.ts';
import type { AccountRow, ListedAccountRow } from '../store.ts';
import { needsFactor } from './session-rules.ts';

/** An account as an administrator sees it. `row` without failures and factors is a new one. */
export function describeAccount(
  ctx: Ctx,
  policy: SignInPolicy & { now: Date },
  row: AccountRow | ListedAccountRow,
): z.input<typeof contract.account> {
  const failures = 'failures' in row ? row.failures : [];
  const hasFactor = 'has_factor' in row && row.has_factor;
  const isNeeded = needsFactor(ctx.app.config, row.roles, permissionsOf(row.roles));
  return {
    id: row.id,
    username: row.username,
    name: row.name,
    unitId: row.unit_id,
    unitName: row.unit_name,
    personId: row.person_id,
    roles: row.roles,
    disabled: row.disabled,
    lastSignInAt: row.last_sign_in_at,
    factor: hasFactor ? 'enrolled' : isNeeded ? 'missing' : 'none',
    lockedMinutes: lockedFor(failures, policy.lockTries, policy.lockMinutes, policy.now),
    password: row.must_change_password
      ? 'first'
      : passwordDaysLeft(row.password_set_at, policy, policy.now) <= 0
        ? 'expired'
        : 'good',
  };
}
