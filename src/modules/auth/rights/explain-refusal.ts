/** Whom to ask when something is refused. */
import type { z } from 'zod';
import { type Actor, type App, type Ctx, systemActor } from '#base/app';
import type { holdersOf, permissionInfo } from '../contract.ts';
import { humanOnly, isBusinessPermission, isPassable, roles } from '../roles.ts';
import { activeComposedRoles, findHolders } from './rights-store.ts';

type Holders = z.input<typeof holdersOf>;

/** Every permission that a module declares, in words. */
export function catalogueOf(app: App): z.input<typeof permissionInfo>[] {
  return app.modules.flatMap(({ name, permissions }) =>
    Object.entries(permissions ?? {}).map(([key, { zh, en }]) => ({
      key,
      module: name,
      zh,
      en,
      humanOnly: humanOnly.includes(key),
      delegable: isPassable(key),
      composable: isBusinessPermission(key),
    })),
  );
}

/**
 * Roles that hold a permission, and up to five active people of the asker's unit and those above it who hold such a
 * role, the nearest first. Names and units, never a phone number; to a token, which stands in another program's settings,
 * no names either.
 */
async function holdersFor(ctx: Ctx, actor: Actor, permission: string): Promise<Holders> {
  const builtIn = Object.entries(roles).map(([role, one]) => ({ role, ...one }));
  const composed = (await activeComposedRoles(ctx)).map(({ name, ...one }) => ({
    role: name as string,
    ...one,
  }));
  const holding = [...builtIn, ...composed].filter(({ permissions }) => permissions.includes(permission));
  const named = holding.map(({ role, zh, en }) => ({ role, zh, en }));
  const isPerson = actor.kind === 'user';
  const people = isPerson
    ? await findHolders(
        ctx,
        named.map(({ role }) => role),
        actor.unitPath,
      )
    : [];
  return {
    roles: named,
    holders: people.map((row) => ({ name: row.name, unitName: row.unit_name, roles: row.roles })),
  };
}

/** What a refusal carries: it is asked as the system, because those above are outside the asker's scope. */
export function explainRefusal(app: App, actor: Actor, permission: string): Promise<Holders> {
  return app.run(systemActor('auth.explain'), (ctx) => holdersFor(ctx, actor, permission));
}
