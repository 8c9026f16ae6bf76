import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { getSession, listAccounts, listRoleGrants } from '#auth/contract';
import { buildServer } from '#base/http';
import { checkCampaign } from '#tasks/contract';
import { type TestApp, testApp } from '#test/db';
import { listPeople, listUnits } from '#units/contract';
import { ApiError } from '../cli/client.ts';
import { modules } from '../compose.ts';
import { ACCOUNTS, ADMINISTRATORS, staffAccounts } from './accounts.ts';
import { type Api, ApiUnavailableError, createApi, readAll } from './api.ts';
import { buildCity } from './city.ts';
import {
  accountsFor,
  addAccounts,
  importTable,
  NotDemoDataError,
  readSetupToken,
  setUpOnce,
  signInAs,
} from './feed-registers.ts';

const city = buildCity({
  seed: 2009,
  resolveTo: { 'school-07': '127.0.0.1:1', 'school-23': '127.0.0.1:2', 'school-41': '127.0.0.1:3' },
});
const ending = new AbortController();
let app: TestApp;
let server: FastifyInstance;
let api: Api;

beforeAll(async () => {
  app = await testApp(modules);
  server = buildServer(app, authenticate);
  await server.listen({ host: '127.0.0.1', port: 0 });
  api = createApi(server.listeningOrigin, ending.signal);
  await setupToken(app.config.dataDir);
});
afterAll(async () => {
  await server.close();
  await app.close();
});

/** The way of a first start up to the units and people, with a new sign-in as after a restart. */
async function feed(): Promise<void> {
  const fresh = createApi(server.listeningOrigin, ending.signal);
  await setUpOnce(fresh, await readSetupToken(app.config.dataDir));
  await addAccounts(fresh, accountsFor('city'));
  const officer = await signInAs(fresh, 'city.officer');
  await importTable(officer, city, 'units');
  await importTable(officer, city, 'people');
  await addAccounts(fresh, accountsFor('all'), city);
  await addAccounts(fresh, staffAccounts(city), city);
}

async function counts(): Promise<Record<string, number>> {
  const officer = await signInAs(api, 'city.officer');
  const administrator = await signInAs(api, ADMINISTRATORS.systemAdmin.username);
  const query = { page: 1, pageSize: 1 };
  return {
    units: (await officer.call(listUnits, { query })).total,
    people: (await officer.call(listPeople, { query })).total,
    accounts: (await administrator.call(listAccounts, { query })).total,
    grants: (await administrator.call(listRoleGrants, { query })).total,
  };
}

describe('feeding the registers', () => {
  it('refuses to go on when somebody else set this installation up', async () => {
    await expect(signInAs(api, 'city.officer')).rejects.toThrow(NotDemoDataError);
  });

  it('sets up, registers and imports, and a second time changes nothing', async () => {
    await feed();
    const first = await counts();
    expect(first).toMatchObject({ units: 70, people: 201, accounts: 75, grants: 75 });
    await feed();
    expect(await counts()).toEqual(first);
  });

  it('gives each account the role it is for, in its own unit', async () => {
    for (const { username, role, unitCode } of ACCOUNTS) {
      const session = await signInAs(api, username);
      const { user } = await session.call(getSession);
      expect(user).toMatchObject({ username, roles: [role], mustChangePassword: false });
      expect(user!.unitPath.split('.').at(-1)).toBe(unitCode);
    }
  });

  it('gives every school and county somebody who answers: a task for all finds no unit without', async () => {
    const officer = await signInAs(api, 'city.officer');
    for (const assignee of [{ role: 'school_teacher' }, { post: 'network_admin' }] as const) {
      const made = await officer.call(checkCampaign, {
        body: {
          title: '核对单位资料',
          why: '每年核对一次',
          legalBasis: 'D38',
          dueAt: '2099-01-15T08:00:00Z',
          minutes: 10,
          assignee,
        },
      });
      expect(made).toMatchObject({ units: 60, nobody: [] });
    }
    const { items } = await officer.call(listPeople, { query: { q: '许雨涵' } });
    expect(items).toMatchObject([{ name: '许雨涵', posts: ['network_admin'] }]);
  });

  it('goes through all pages of a list', async () => {
    const officer = await signInAs(api, 'city.officer');
    const readPage = (page: number) => officer.call(listUnits, { query: { page, pageSize: 32 } });
    const codes = (await readAll(readPage)).map((unit) => unit.code);
    expect(codes.length).toBe(70);
    expect(new Set(codes).size).toBe(70);
  });

  it('takes back a proposal that was left without a decision', async () => {
    const system = await signInAs(api, ADMINISTRATORS.systemAdmin.username);
    const { createAccount, proposeRole } = await import('#auth/contract');
    const body = { username: 'left.open', name: '未决员', unitCode: 'example', password: 'Demo-Pass-2026' };
    const account = await system.call(createAccount, { body });
    await system.call(proposeRole, { body: { accountId: account.id, role: 'leader' } });
    const wanted = { ...body, role: 'leader', purpose: '' } as const;
    await addAccounts(createApi(server.listeningOrigin, ending.signal), [wanted]);
    const accounts = await readAll((page, pageSize) =>
      system.call(listAccounts, { query: { page, pageSize } }),
    );
    expect(accounts.find((one) => one.username === 'left.open')?.roles).toEqual(['leader']);
  });
});

describe('the way in', () => {
  it('tells a refusal from a server that cannot be asked', async () => {
    const teacher = await signInAs(api, 'teacher.school07');
    const query = { page: 1, pageSize: 1 };
    await expect(teacher.call(listAccounts, { query })).rejects.toThrow(ApiError);
    const nowhere = createApi('http://127.0.0.1:9', ending.signal);
    await expect(nowhere.anonymous.call(getSession)).rejects.toThrow(ApiUnavailableError);
    await expect(nowhere.signInAs('city.officer', 'x')).rejects.toThrow(ApiUnavailableError);
  });

  it('ends with the signal, also a call that is under way', async () => {
    const stop = new AbortController();
    const stopped = createApi(server.listeningOrigin, stop.signal);
    const call = stopped.anonymous.call(getSession);
    stop.abort(new Error('stopping'));
    await expect(call).rejects.toThrow('stopping');
    await expect(stopped.anonymous.call(getSession)).rejects.toThrow('stopping');
  });
});
