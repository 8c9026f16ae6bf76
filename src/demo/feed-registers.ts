/**
 * Feeds the registers through the public API: first set-up, accounts, import files, incident policy. Every step
 * looks first whether it was done, so that it may be run again after any interruption.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRealm, importAllocations, importDevices, listRealms } from '#addresses/contract';
import {
  createAccount,
  decideRole,
  getSession,
  listAccounts,
  listRoleGrants,
  proposeRole,
  type RoleName,
  setUp,
} from '#auth/contract';
import type { ImportReply } from '#base/contract';
import { writeSheet } from '#base/sheet';
import { setPolicy } from '#incidents/contract';
import { importSites } from '#sites/contract';
import { importPeople, importUnits } from '#units/contract';
import { ApiError } from '../cli/client.ts';
import {
  ACCOUNTS,
  ADMINISTRATORS,
  BUREAU_MAILBOX,
  CITY_OFFICER,
  DEMO_PASSWORD,
  type DemoAccount,
  POLICE_MAILBOX,
} from './accounts.ts';
import { type Api, readAll, type Session } from './api.ts';
import type { City } from './city-model.ts';
import { type ImportKind, importTables } from './import-files.ts';
import { CITY_CODE, CITY_NAME } from './names.ts';

/** The data directory belongs to an installation that the demonstration did not set up. */
export class NotDemoDataError extends Error {}

/** The first set-up with the one-time token, unless somebody did it before. */
export async function setUpOnce(api: Api, setupToken: string): Promise<void> {
  const { setupNeeded } = await api.anonymous.call(getSession);
  if (!setupNeeded) return;
  const city = { code: CITY_CODE, name: CITY_NAME };
  try {
    await api.anonymous.call(setUp, { body: { token: setupToken, city, ...administrators() } });
  } catch (error) {
    // A reply lost on the way: the set-up of the try before had worked.
    if (!(error instanceof ApiError && error.code === 'auth.setup_done')) throw error;
  }
}

/** Signs in with a documented demonstration account. */
export async function signInAs(api: Api, username: string): Promise<Session> {
  try {
    return await api.signInAs(username, DEMO_PASSWORD);
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'auth.bad_credentials')) throw error;
    throw new NotDemoDataError(
      `this data directory has no demonstration account ${username} with the documented password: ` +
        'start --demo with an empty data directory',
      { cause: error },
    );
  }
}

/** The demonstration's passwords are documented: nobody's secret, so none has to be changed first. */
function administrators() {
  const ready = <A extends object>(one: A) => ({ ...one, mustChangePassword: false });
  const { systemAdmin, securityAdmin, auditAdmin } = ADMINISTRATORS;
  return {
    systemAdmin: ready(systemAdmin),
    securityAdmin: ready(securityAdmin),
    auditAdmin: ready(auditAdmin),
  };
}

/** Creates the accounts that are missing and gives each its role: one administrator proposes, another approves. */
export async function addAccounts(api: Api, wanted: readonly DemoAccount[], city?: City): Promise<void> {
  const system = await signInAs(api, ADMINISTRATORS.systemAdmin.username);
  const existing = await readAll((page, pageSize) =>
    system.call(listAccounts, { query: { page, pageSize } }),
  );
  const byName = new Map(existing.map((account) => [account.username, account]));
  for (const { username, name, unitCode, role, post } of wanted) {
    const person = post && city?.people.find((one) => one.unitCode === unitCode && one.post === post);
    const body = {
      username,
      name,
      unitCode,
      password: DEMO_PASSWORD,
      mustChangePassword: false,
      ...(person && { personNo: person.personNo }),
    };
    const account = byName.get(username) ?? (await system.call(createAccount, { body }));
    if (!account.roles.includes(role)) await grantRole(api, system, account.id, role);
  }
}

async function grantRole(api: Api, system: Session, accountId: string, role: RoleName): Promise<void> {
  const open = await readAll((page, pageSize) =>
    system.call(listRoleGrants, { query: { page, pageSize, state: 'proposed' } }),
  );
  const grant =
    open.find((one) => one.accountId === accountId && one.role === role) ??
    (await system.call(proposeRole, { body: { accountId, role } }));
  const security = await signInAs(api, ADMINISTRATORS.securityAdmin.username);
  await security.call(decideRole, { params: { id: grant.id }, body: { approve: true } });
}

const IMPORTS = {
  units: importUnits,
  people: importPeople,
  sites: importSites,
  allocations: importAllocations,
  devices: importDevices,
} as const;

/** The kinds that go up as workbooks; the others as csv, so that both ways in are used. */
const AS_WORKBOOK: ReadonlySet<ImportKind> = new Set(['units', 'devices']);

/**
 * Uploads one table. An import takes a known key as a correction, so a second upload changes nothing.
 * Throws when the product rejects a row: a demonstration with holes would teach the wrong thing.
 */
export async function importTable(officer: Session, city: City, kind: ImportKind): Promise<void> {
  const table = importTables(city).find((one) => one.kind === kind);
  if (!table) throw new Error(`the city has no table of ${kind}`);
  const format = AS_WORKBOOK.has(kind) ? 'xlsx' : 'csv';
  const bytes = await writeSheet({ name: kind, columns: table.columns, rows: table.rows }, format);
  const query = { fileName: `${kind}.${format}` };
  if (kind === 'allocations') await registerRealm(officer, city.realm);
  const reply: ImportReply = await officer.upload(IMPORTS[kind], { query }, bytes);
  if (reply.rejected > 0) {
    const told = reply.errors.slice(0, 5).map((e) => `row ${e.row} ${e.column}: ${e.code} ${e.message}`);
    throw new Error(`import of ${kind}: ${reply.rejected} rows were rejected\n${told.join('\n')}`);
  }
}

async function registerRealm(officer: Session, key: string): Promise<void> {
  const { items } = await officer.call(listRealms, { query: { page: 1, pageSize: 500 } });
  if (items.some((one) => one.key === key)) return;
  await officer.call(createRealm, { body: { key, name: '教育城域网', description: '全市统一编址' } });
}

/** Who is reported to, within how long, and that it all runs without a click. */
export async function putPolicy(officer: Session): Promise<void> {
  await officer.call(setPolicy, {
    body: {
      dueMinutes: 120,
      escalateAtMinutes: [30, 60, 90, 110],
      autoOpen: true,
      autoShield: true,
      autoReport: true,
      bureauName: CITY_NAME,
      bureauEmail: BUREAU_MAILBOX,
      policeName: '示例市公安局网络安全保卫支队',
      policeEmail: POLICE_MAILBOX,
      source: '演示规则：发现后两小时内报告主管部门和公安机关',
    },
  });
}

/** All accounts, or the one that imports the units and people of the others. */
export function accountsFor(stage: 'city' | 'all'): readonly DemoAccount[] {
  return stage === 'all' ? ACCOUNTS : [CITY_OFFICER];
}

/** The one-time token that the server wrote at its first start; empty when it was used up. */
export async function readSetupToken(dataDir: string): Promise<string> {
  try {
    return (await readFile(join(dataDir, 'setup-token'), 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
