/** What an account may do: its roles, what was lent to it, and what it sees through another's eyes. */
import type { Actor, Ctx } from '#base/app';
import { humanOnly, isAdministrator, isPassable, permissionsOf } from '../roles.ts';
import { type AccountRow, findAccount } from '../store.ts';
import { type Lent, readRights, type View } from './rights-store.ts';
import { noteLook } from './view-store.ts';

/** Where a permission comes from. */
interface Grounds {
  readonly composed: readonly { readonly role: string; readonly permission: string }[];
  /** What is lent, by permission: the delegation that lasts longest. */
  readonly lent: ReadonlyMap<string, Lent>;
}

export interface Rights extends Grounds {
  readonly own: ReadonlySet<string>;
  readonly view: View | null;
}

/** Reads an account's rights, and whether the session at hand looks as another. */
export async function rightsOf(ctx: Ctx, account: AccountRow, sessionId?: string): Promise<Rights> {
  const { composed, lent, view } = await readRights(ctx, account.id, sessionId);
  const own = permissionsOf(account.roles);
  for (const { permission } of composed) own.add(permission);
  return { own, composed, view, lent: isAdministrator(account.roles) ? new Map() : lentNow(lent, own) };
}

/** A lender passes on only what is theirs now, by a role of their own; what the borrower has anyway is not lent. */
function lentNow(lent: readonly Lent[], own: ReadonlySet<string>): Map<string, Lent> {
  const found = new Map<string, Lent>();
  for (const one of lent) {
    if (isAdministrator(one.from_roles)) continue;
    const theirs = permissionsOf(one.from_roles);
    for (const permission of one.permissions) {
      const has = theirs.has(permission) || one.from_composed.includes(permission);
      if (has && isPassable(permission) && !own.has(permission)) found.set(permission, one);
    }
  }
  return found;
}

/** The account as an actor, with everything that it may do. */
export function actorWith(account: AccountRow, { own, lent }: Rights): Actor {
  const delegated = new Map(
    [...lent].map(([permission, { id, from_id, from_name }]) => [
      permission,
      { id: from_id, name: from_name, delegation: id },
    ]),
  );
  return {
    kind: 'user',
    id: account.id,
    name: account.name,
    unitId: account.unit_id,
    unitPath: account.unit_path,
    scope: account.unit_path,
    permissions: new Set([...own, ...delegated.keys()]),
    ...(delegated.size > 0 && { delegated }),
  };
}

/**
 * The actor of one who looks as another: the other's eyes, no hands. What only a person may do is left out, so
 * nothing sealed opens. Null when the other may not be looked at any more: disabled, moved away, made administrator.
 */
export async function actorOfView(
  ctx: Ctx,
  viewer: AccountRow,
  view: View,
  path: string,
): Promise<Actor | null> {
  const target = await findAccount(ctx, { id: view.target_id });
  if (!target || !mayBeViewed(viewer, target)) return null;
  const seen = actorWith(target, await rightsOf(ctx, target));
  const actor: Actor = {
    ...seen,
    permissions: new Set([...seen.permissions].filter((one) => !humanOnly.includes(one))),
    readOnly: true,
    viewer: { id: viewer.id, name: viewer.name, until: view.ends_at },
  };
  await noteLook({ ...ctx, actor }, view.id, path);
  return actor;
}

/** Whether one account may be seen through by another: in its scope, active, no administrator. */
export function mayBeViewed(viewer: AccountRow, target: AccountRow): boolean {
  const below = target.unit_path === viewer.unit_path || target.unit_path.startsWith(`${viewer.unit_path}.`);
  return below && target.id !== viewer.id && !target.disabled && !isAdministrator(target.roles);
}
