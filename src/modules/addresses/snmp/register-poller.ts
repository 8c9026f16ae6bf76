import { BlockList, isIPv6 } from 'node:net';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { violatedConstraint } from '#base/db';
import { fail } from '#base/errors';
import { newId } from '#base/id';
import { registerSource } from '#logs';
import { newSource } from '#logs/contract';
import { findUnit } from '#units';
import type { NewPoller, PollerChange } from '../contract.ts';
import { findPoller, insertPoller, type PollerRow, updatePoller } from '../store/pollers.ts';
import { sealSecret } from './poll-device.ts';

/** Private addresses are where switches are. These are nobody's: unspecified, link-local, multicast, reserved. */
const forbidden = new BlockList();
for (const [network, length] of [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
] as const)
  forbidden.addSubnet(network, length, 'ipv4');
for (const [network, length] of [
  ['::', 128],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  forbidden.addSubnet(network, length, 'ipv6');

function demandTarget(target: string): void {
  if (forbidden.check(target, isIPv6(target) ? 'ipv6' : 'ipv4'))
    fail('addresses.forbidden_target', { target, field: 'target' });
}

/**
 * Registers a device to be read, with a log source of its own. Audited without the secret. Fails with
 * `addresses.forbidden_target`, `addresses.duplicate_poller`, `base.not_found` for a unit out of reach.
 */
export async function registerPoller(ctx: Ctx, input: NewPoller): Promise<PollerRow> {
  demandTarget(input.target);
  const unit = await findUnit(ctx, { code: input.unitCode });
  if (!unit || !isBelow(unit.unit_path, ctx.actor.scope))
    fail('base.not_found', { what: `unit ${input.unitCode}` });
  const id = newId();
  const source = await registerSource(ctx, sourceFor(input, id));
  const values = {
    id,
    unit_id: unit.id,
    unit_path: unit.unit_path,
    name: input.name,
    target: input.target,
    port: input.port,
    realm: input.realm,
    version: input.secret.version,
    secret: await sealSecret(ctx.app, id, input.secret),
    interval_seconds: input.intervalSeconds,
    source_id: source.id,
  };
  await tellTaken(input, () => insertPoller(ctx, values));
  await audit(ctx, 'addresses.register_poller', values);
  return (await findPoller(ctx, id))!;
}

/** Named by its number, too: two schools have a switch of one name and address. */
function sourceFor(input: NewPoller, id: string) {
  return newSource.parse({
    name: `SNMP ${input.name} ${input.target} ${id.slice(-6)}`.slice(-120),
    format: 'snmp',
    unitCode: input.unitCode,
    realm: input.realm,
    // At least one line comes with every reading.
    expectedPerHour: Math.max(1, Math.floor(3600 / input.intervalSeconds)),
  });
}

/** Changes what is named. Fails as registering does. */
export async function changePoller(ctx: Ctx, id: string, change: PollerChange): Promise<PollerRow> {
  const old = await findPoller(ctx, id);
  if (!old) fail('base.not_found', { what: `poller ${id}` });
  if (change.target !== undefined) demandTarget(change.target);
  const values = {
    id,
    unit_path: old.unit_path,
    name: change.name ?? old.name,
    target: change.target ?? old.target,
    port: change.port ?? old.port,
    realm: old.realm,
    version: change.secret?.version ?? old.version,
    secret: change.secret ? await sealSecret(ctx.app, id, change.secret) : old.secret,
    interval_seconds: change.intervalSeconds ?? old.interval_seconds,
    enabled: change.enabled ?? old.enabled,
  };
  await tellTaken(values, () => updatePoller(ctx, values));
  await audit(ctx, 'addresses.change_poller', values, old);
  return (await findPoller(ctx, id))!;
}

type Audited = Partial<PollerRow> & { id: string; unit_path: string; secret: string };

async function audit(ctx: Ctx, action: string, after: Audited, before?: PollerRow): Promise<void> {
  const told = ({ secret: _, ...rest }: Audited) => rest;
  await recordAudit(ctx, {
    action,
    subject: `poller:${after.id}`,
    unitPath: after.unit_path,
    ...(before && { before: told(before) }),
    after: { ...told(after), secretChanged: before?.secret !== after.secret },
  });
}

async function tellTaken(
  { realm, target, port }: { realm: string; target: string; port: number },
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (violatedConstraint(error) !== 'one_poller') throw error;
    fail('addresses.duplicate_poller', { realm, target, port, field: 'target' }, error);
  }
}

function isBelow(path: string, scope: string): boolean {
  return scope === '*' || path === scope || path.startsWith(`${scope}.`);
}
