import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { findUnit } from '#units';
import { insertRealm, updateRealm } from './store/realms.ts';

/** Registers a routing domain of a unit; units below it may use it. Throws `addresses.realm_taken`. */
export async function registerRealm(
  ctx: Ctx,
  input: { key: string; name: string; description: string; unitId?: string | undefined },
): Promise<string> {
  const unitId = input.unitId ?? ctx.actor.unitId ?? fail('base.not_found', { what: 'unit' });
  const unit = (await findUnit(ctx, { id: unitId })) ?? fail('base.not_found', { what: `unit ${unitId}` });
  const { key, name, description } = input;
  const unitPath = unit.unit_path;
  const id =
    (await insertRealm(ctx, { key, name, description, unitId, unitPath })) ??
    fail('addresses.realm_taken', { field: 'key', key });
  await recordAudit(ctx, {
    action: 'addresses.register_realm',
    subject: `realm:${key}`,
    unitPath,
    after: { name, description },
  });
  return id;
}

/** Changes the words about a realm of the actor's scope; its key stays, since addresses are known by it. */
export async function changeRealm(
  ctx: Ctx,
  id: string,
  change: { name: string; description: string },
): Promise<void> {
  const before = (await updateRealm(ctx, id, change)) ?? fail('base.not_found', { what: `realm ${id}` });
  const { key, name, description, unitPath } = before;
  await recordAudit(ctx, {
    action: 'addresses.change_realm',
    subject: `realm:${key}`,
    unitPath,
    before: { name, description },
    after: change,
  });
}
