import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { violatedConstraint } from '#base/db';
import { fail } from '#base/errors';
import {
  type ConnectorInput,
  type ConnectorKind,
  kindsWithSecret,
  ssoAsked,
  ssoDecided,
} from '../contract.ts';
import { requireFreshFactor } from '../factors/fresh-factor.ts';
import { requirePerson } from '../require-person.ts';
import { closeLogins } from './binding-store.ts';
import {
  decideVersion,
  findConnector,
  insertConnector,
  insertVersion,
  lockConnector,
  standingVersions,
  switchOff,
  type VersionRow,
} from './connector-store.ts';
import { endThrough } from './end-sso-session.ts';
import { ssoSealer } from './provider-of.ts';

/** Proposes a new connector of the proposer's unit. Returns its id. Throws `auth.sso_secret_missing`. */
export async function createConnector(ctx: Ctx, input: ConnectorInput): Promise<string> {
  requirePerson(ctx.actor);
  const { kind } = input;
  if (kindsWithSecret.includes(kind) && !input.secret) fail('auth.sso_secret_missing');
  const { unitId, unitPath } = ctx.actor;
  if (!unitId) fail('base.forbidden', { permission: 'sso.propose' });
  const id = await insertConnector(ctx, { kind, unitId, unitPath });
  await addVersion(ctx, { id, kind, unitPath }, input, undefined);
  return id;
}

/**
 * Proposes other settings. What works now goes on working. Throws `auth.sso_kind_fixed`, and
 * `auth.sso_secret_again` when an address changes and the secret is not typed anew.
 */
export async function changeConnector(ctx: Ctx, id: string, input: ConnectorInput): Promise<void> {
  requirePerson(ctx.actor);
  const connector = (await findConnector(ctx, id)) ?? fail('base.not_found', { what: id });
  if (connector.kind !== input.kind) fail('auth.sso_kind_fixed');
  await lockConnector(ctx, id);
  const versions = await standingVersions(ctx, [id]);
  const former = versions.find(({ state }) => state === 'approved') ?? versions[0];
  await addVersion(ctx, { id, kind: connector.kind, unitPath: connector.unit_path }, input, former);
}

async function addVersion(
  ctx: Ctx,
  connector: { id: string; kind: ConnectorKind; unitPath: string },
  input: ConnectorInput,
  former: VersionRow | undefined,
): Promise<void> {
  const secret = await secretFor(ctx, connector, input, former);
  // What waited gives way: nobody needs to decide it any more.
  const waiting = (await standingVersions(ctx, [connector.id])).find(({ state }) => state === 'proposed')?.id;
  const { nameZh, nameEn, settings } = input;
  const row = { connectorId: connector.id, unitPath: connector.unitPath, nameZh, nameEn, settings, secret };
  const versionId = await insertVersion(ctx, row);
  const asked = { what: 'settings' as const, id: versionId, name: nameZh, askedBy: ctx.actor.id };
  if (waiting) await ctx.emit(ssoDecided, { what: 'settings', id: waiting }, connector.unitPath);
  await ctx.emit(ssoAsked, asked, connector.unitPath);
  await recordAudit(ctx, {
    action: 'auth.sso_propose',
    subject: `sso_connector:${connector.id}`,
    unitPath: connector.unitPath,
    ...(former && { before: { nameZh: former.name_zh, nameEn: former.name_en, settings: former.settings } }),
    after: {
      versionId,
      kind: connector.kind,
      nameZh,
      nameEn,
      settings,
      newSecret: input.secret !== undefined,
    },
  });
}

async function secretFor(
  ctx: Ctx,
  connector: { id: string; kind: ConnectorKind },
  input: ConnectorInput,
  former: VersionRow | undefined,
): Promise<Buffer | null> {
  if (!kindsWithSecret.includes(connector.kind)) return null;
  if (input.secret) return (await ssoSealer(ctx.app)).sealBytes(input.secret, connector.id);
  const kept = former?.secret ?? fail('auth.sso_secret_missing');
  // A person who may only propose must not be able to have the secret sent to an address of his own.
  if (addressesOf(former!.settings) !== addressesOf(input.settings)) fail('auth.sso_secret_again');
  return kept;
}

const addressFields = [
  'issuer',
  'url',
  'serverUrl',
  'apiUrl',
  'oapiUrl',
  'internalAddress',
  'caPem',
  'startTls',
];

function addressesOf(settings: object): string {
  return JSON.stringify(addressFields.map((name) => (settings as Record<string, unknown>)[name] ?? null));
}

/** Approves or refuses the proposal that was looked at; never by its proposer. */
export async function decideConnector(
  ctx: Ctx,
  id: string,
  input: { versionId: string; approve: boolean },
): Promise<void> {
  requirePerson(ctx.actor);
  await requireFreshFactor(ctx);
  const connector = (await findConnector(ctx, id)) ?? fail('base.not_found', { what: id });
  await lockConnector(ctx, id);
  const version = (await standingVersions(ctx, [id])).find((one) => one.id === input.versionId);
  if (version?.state !== 'proposed') fail('auth.sso_already_decided');
  if (version.proposed_by === ctx.actor.id) fail('auth.sso_own_proposal');
  try {
    if (!(await decideVersion(ctx, version.id, input.approve))) fail('auth.sso_already_decided');
  } catch (error) {
    if (violatedConstraint(error) === 'sso_version_four_eyes') fail('auth.sso_own_proposal', {}, error);
    throw error;
  }
  await ctx.emit(ssoDecided, { what: 'settings', id: version.id }, connector.unit_path);
  await recordAudit(ctx, {
    action: input.approve ? 'auth.sso_approve' : 'auth.sso_refuse',
    subject: `sso_connector:${id}`,
    unitPath: connector.unit_path,
    after: { versionId: version.id, nameZh: version.name_zh, settings: version.settings },
  });
}

/** Switches a connector off at once; one person is enough for the safe direction. Sessions through it end. */
export async function switchOffConnector(ctx: Ctx, id: string): Promise<void> {
  requirePerson(ctx.actor);
  const connector = (await findConnector(ctx, id)) ?? fail('base.not_found', { what: id });
  if (!(await switchOff(ctx, id))) fail('auth.sso_already_decided');
  const ended = await closeLogins(ctx, { connectorId: id });
  await endThrough(ctx, ended, 'kicked', 'the connector was switched off');
  await recordAudit(ctx, {
    action: 'auth.sso_switch_off',
    subject: `sso_connector:${id}`,
    unitPath: connector.unit_path,
    after: { endedSessions: ended.length },
  });
}
