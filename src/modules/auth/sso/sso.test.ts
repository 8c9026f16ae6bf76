/** The whole way, over CAS (a fake that is true to the protocol): connectors, bindings, sessions, attacks. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { call, signIn } from '#test/city';
import { type FakeCas, fakeCas, successOf, wrap } from '../../../../test/peers/fake-cas.ts';
import { type SsoCity, ssoCity, type TestBrowser } from './testing.ts';

let city: SsoCity;
let cas: FakeCas;
let id: string;

const settingsOf = (peer: FakeCas) => ({ serverUrl: `${peer.url}/cas`, internalAddress: '127.0.0.1' });
const connector = (nameEn: string, peer: FakeCas) => ({
  kind: 'cas',
  nameZh: `认证 ${nameEn}`,
  nameEn,
  settings: settingsOf(peer),
});

beforeAll(async () => {
  cas = await fakeCas();
  city = await ssoCity();
  await city.givePerson('east-teacher', 'P-001', '13800000001');
  await city.givePerson('west-officer', 'P-002', '13800000002');
  id = await city.connect(connector('Campus', cas));
});
afterAll(async () => {
  await city.close();
  await cas.close();
});
beforeEach(() => {
  cas.attributes = {};
  cas.answer = undefined;
});

async function begin(browser: TestBrowser, query = '', connectorId = id): Promise<string> {
  const reply = await browser.get(`/api/sso/${connectorId}/start${query}`);
  expect(reply.status).toBe(303);
  return reply.location;
}

/** Starts, logs in at the CAS as `user`, comes back. Returns where the browser is sent. */
async function pass(browser: TestBrowser, user: string, query = '', connectorId = id): Promise<string> {
  const { back } = cas.logIn(await begin(browser, query, connectorId), user);
  return (await browser.get(back)).location;
}

async function pending(): Promise<
  {
    id: string;
    account: { id: string; username: string } | null;
    matchedBy: string | null;
    subject: string;
  }[]
> {
  return (await city.as('secadmin', 'GET', '/api/sso/bindings?state=pending')).body.items;
}

async function bind(user: string): Promise<string> {
  expect(city.codeOf(await pass(city.browser(), user))).toBe('auth.sso_pending');
  const row = (await pending()).find(({ subject }) => subject === user)!;
  const body = { approve: true, accountId: row.account!.id };
  expect((await city.as('secadmin', 'POST', `/api/sso/bindings/${row.id}/decision`, body)).status).toBe(200);
  return row.id;
}

describe('a connector', () => {
  it('needs two people, shows nothing before that, and never its secret', async () => {
    const input = {
      kind: 'oidc',
      nameZh: '统一身份',
      nameEn: 'Identity',
      secret: 'top-secret-1',
      settings: { issuer: 'https://id.example', clientId: 'c' },
    };
    const made = await city.as('sysadmin', 'POST', '/api/sso/connectors', input);
    expect(made.body).toMatchObject({ active: null, proposed: { hasSecret: true, state: 'proposed' } });
    const methods = async () => (await call(city.server, null, 'GET', '/api/sso/methods')).body.items;
    expect((await methods()).map(({ nameEn }: { nameEn: string }) => nameEn)).toEqual(['Campus']);
    const url = `/api/sso/connectors/${made.body.id}/decision`;
    const decision = { versionId: made.body.proposed.id, approve: true };
    expect((await city.as('sysadmin', 'POST', url, decision)).body.code).toBe('base.forbidden');
    expect((await city.browser().get(`/api/sso/${made.body.id}/start`)).location).toContain('auth.sso_off');
    await expect(
      city.app.ownerPool.query(
        `UPDATE auth.sso_version SET state = 'approved', decided_by = proposed_by, decided_at = base.now()
         WHERE state = 'proposed'`,
      ),
    ).rejects.toThrow(/sso_version_four_eyes/);
    const shown = JSON.stringify(await city.as('secadmin', 'GET', '/api/sso/connectors'));
    expect(shown).toContain('id.example');
    expect(shown).not.toContain('top-secret');
    const kept = await city.app.ownerPool.query(
      `SELECT secret::text || settings::text AS text FROM auth.sso_version`,
    );
    const entries = await city.app.ownerPool.query(
      `SELECT (coalesce(after, '{}'))::text AS text FROM audit.entry`,
    );
    for (const { text } of [...kept.rows, ...entries.rows]) expect(String(text)).not.toContain('top-secret');
    const refused = await city.as('secadmin', 'POST', url, { ...decision, approve: false });
    expect(refused.body).toMatchObject({ active: null, proposed: null, latest: { state: 'refused' } });
    expect((await city.as('secadmin', 'POST', url, decision)).body.code).toBe('auth.sso_already_decided');
  });

  it('is approved as it was looked at, not as it was changed meanwhile', async () => {
    const made = await city.as('sysadmin', 'POST', '/api/sso/connectors', connector('Other', cas));
    const seen = made.body.proposed.id;
    const evil = { ...connector('Other', cas), settings: { serverUrl: 'https://evil.example/cas' } };
    const changed = await city.as('sysadmin', 'POST', `/api/sso/connectors/${made.body.id}/changes`, evil);
    expect(changed.body.proposed.id).not.toBe(seen);
    const url = `/api/sso/connectors/${made.body.id}/decision`;
    const late = await city.as('secadmin', 'POST', url, { versionId: seen, approve: true });
    expect(late.body.code).toBe('auth.sso_already_decided');
  });

  it('does not send its secret to another address than it was typed for', async () => {
    const input = {
      kind: 'wecom',
      nameZh: '企业微信',
      nameEn: 'WeCom',
      secret: 's3cret',
      settings: { corpId: 'ww1', agentId: '1' },
    };
    const made = await city.as('sysadmin', 'POST', '/api/sso/connectors', input);
    const { secret: _, ...rest } = input;
    const url = `/api/sso/connectors/${made.body.id}/changes`;
    const renamed = await city.as('sysadmin', 'POST', url, { ...rest, nameEn: 'WeCom 2' });
    expect(renamed.body.proposed).toMatchObject({ nameEn: 'WeCom 2', hasSecret: true });
    const settings = { ...rest.settings, apiUrl: 'https://evil.example' };
    expect((await city.as('sysadmin', 'POST', url, { ...rest, settings })).body.code).toBe(
      'auth.sso_secret_again',
    );
    const kind = await city.as('sysadmin', 'POST', url, connector('x2', cas));
    expect(kind.body.code).toBe('auth.sso_kind_fixed');
    const bare = await city.as('sysadmin', 'POST', '/api/sso/connectors', rest);
    expect(bare.body.code).toBe('auth.sso_secret_missing');
  });

  it('tells what a test finds, in words', async () => {
    const good = await city.as('secadmin', 'POST', `/api/sso/connectors/${id}/test`);
    expect(good.body.steps.map(({ ok }: { ok: boolean }) => ok)).toEqual([true, true]);
    const cases: [object, RegExp][] = [
      [{ serverUrl: `http://127.0.0.1:1/cas`, internalAddress: '127.0.0.1' }, /连不上/],
      [{ serverUrl: 'https://127.0.0.1/cas' }, /内网/],
      [{ serverUrl: `${cas.url}/wrong`, internalAddress: '127.0.0.1', format: 'json' }, /假票据/],
    ];
    for (const [settings, words] of cases) {
      const input = { ...connector('Try', cas), settings };
      const made = await city.as('sysadmin', 'POST', '/api/sso/connectors', input);
      const reply = await city.as('sysadmin', 'POST', `/api/sso/connectors/${made.body.id}/test`);
      expect(reply.body.steps[0].zh).toMatch(words);
    }
  });
});

describe('an unknown identity', () => {
  it('waits for approval, matched by number or phone and never by name, and then gets in', async () => {
    const browser = city.browser();
    cas.attributes = { employeeNumber: 'P-001', name: '张三' };
    expect(city.codeOf(await pass(browser, 'zhang', '?to=/incidents'))).toBe('auth.sso_pending');
    expect(await browser.user()).toBeNull();
    const row = (await pending()).find(({ subject }) => subject === 'zhang')!;
    expect(row).toMatchObject({ matchedBy: 'employee_no', account: { username: 'east-teacher' } });
    const url = `/api/sso/bindings/${row.id}/decision`;
    expect((await city.as('east-officer', 'POST', url, { approve: true })).body.code).toBe('base.forbidden');
    // The second visit makes no second request.
    expect(city.codeOf(await pass(browser, 'zhang'))).toBe('auth.sso_pending');
    expect((await pending()).filter(({ subject }) => subject === 'zhang')).toHaveLength(1);
    const blind = await city.as('secadmin', 'POST', url, { approve: true });
    expect(blind.body.code).toBe('auth.sso_already_decided');
    const done = await city.as('secadmin', 'POST', url, { approve: true, accountId: row.account!.id });
    expect(done.body.state).toBe('bound');
    expect(await pass(browser, 'zhang', '?to=/incidents%3Fstate%3Dopen')).toBe('/incidents?state=open');
    expect(await browser.user()).toBe('east-teacher');
    expect(await city.actions()).toEqual(
      expect.arrayContaining(['auth.sso_ask', 'auth.sso_bind', 'auth.sso_recognised', 'auth.sign_in']),
    );
  });

  it('is matched by a phone written in another way, and shown masked', async () => {
    cas.attributes = { mobile: '+86 138-0000-0002' };
    await pass(city.browser(), 'wu');
    const row = (await pending()).find(({ subject }) => subject === 'wu')!;
    expect(row).toMatchObject({
      matchedBy: 'phone',
      phoneMasked: '138****0002',
      account: { username: 'west-officer' },
    });
    const refused = await city.as('secadmin', 'POST', `/api/sso/bindings/${row.id}/decision`, {
      approve: false,
    });
    expect(refused.body.state).toBe('refused');
    expect(city.codeOf(await pass(city.browser(), 'wu'))).toBe('auth.sso_refused');
    expect((await pending()).filter(({ subject }) => subject === 'wu')).toHaveLength(0);
  });

  it('with the name of somebody, and with a number that two could have, matches nobody', async () => {
    cas.attributes = { name: '人员east-officer' };
    await pass(city.browser(), 'namesake');
    const row = (await pending()).find(({ subject }) => subject === 'namesake')!;
    expect(row).toMatchObject({ matchedBy: null, account: null });
    const url = `/api/sso/bindings/${row.id}`;
    const early = await city.as('secadmin', 'POST', `${url}/decision`, { approve: true });
    expect(early.body.code).toBe('auth.sso_no_account');
    const chosen = await city.as('sysadmin', 'POST', `${url}/account`, { username: 'east-officer' });
    expect(chosen.body).toMatchObject({ matchedBy: 'administrator', account: { username: 'east-officer' } });
    expect((await city.as('sysadmin', 'POST', `${url}/account`, { username: 'secadmin' })).body.code).toBe(
      'auth.sso_holder_only',
    );
    await expect(
      city.app.ownerPool.query(
        `UPDATE auth.sso_binding SET state = 'bound', decided_by = chosen_by, decided_at = base.now() WHERE id = $1`,
        [row.id],
      ),
    ).rejects.toThrow(/sso_binding_four_eyes/);
  });

  it('becomes one request when two first sign-ins come at once', async () => {
    const browsers = [city.browser(), city.browser(), city.browser()];
    const codes = await Promise.all(browsers.map(async (one) => city.codeOf(await pass(one, 'racer'))));
    expect(codes).toEqual(Array(3).fill('auth.sso_pending'));
    expect((await pending()).filter(({ subject }) => subject === 'racer')).toHaveLength(1);
  });

  it('is bound once when two approve at once, and one account to one identity of a system', async () => {
    cas.attributes = { employeeNumber: 'P-002' };
    await pass(city.browser(), 'first');
    await pass(city.browser(), 'second');
    const rows = (await pending()).filter(({ subject }) => ['first', 'second'].includes(subject));
    expect(rows).toHaveLength(2);
    const replies = await Promise.all(
      [...rows, ...rows].map((row) =>
        city.as('secadmin', 'POST', `/api/sso/bindings/${row.id}/decision`, {
          approve: true,
          accountId: row.account!.id,
        }),
      ),
    );
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
  });
});

describe('a bound identity', () => {
  it('stays out when its account is disabled, and when the binding ends its sessions end', async () => {
    cas.attributes = { employeeNumber: 'P-003' };
    await city.givePerson('east-officer', 'P-003', '13800000003');
    const binding = await bind('chen');
    const browser = city.browser();
    const mine = await city.as('east-officer', 'GET', '/api/session/bindings');
    expect(mine.body.items[0]).toMatchObject({ id: binding, connectorEn: 'Campus', state: 'bound' });
    expect((await city.as('west-officer', 'GET', '/api/session/bindings')).body.items).not.toContainEqual(
      expect.objectContaining({ id: binding }),
    );
    expect(await pass(browser, 'chen')).toBe('/');
    expect(await browser.user()).toBe('east-officer');
    const officer = city.people['east-officer']!.id;
    await city.as('sysadmin', 'PATCH' as 'POST', `/api/accounts/${officer}`, { disabled: true });
    expect(city.codeOf(await pass(city.browser(), 'chen'))).toBe('auth.sso_account_disabled');
    expect(await browser.user()).toBeNull();
    await city.as('sysadmin', 'PATCH' as 'POST', `/api/accounts/${officer}`, { disabled: false });
    await pass(browser, 'chen');
    expect(await browser.user()).toBe('east-officer');
    const ended = await city.as('sysadmin', 'POST', `/api/sso/bindings/${binding}/end`);
    expect(ended.body.state).toBe('unbound');
    expect(await browser.user()).toBeNull();
    expect(await city.actions()).toContain('auth.sign_in_refused');
    await pass(browser, 'chen');
    const again = (await pending()).find(({ subject }) => subject === 'chen')!;
    await city.as('secadmin', 'POST', `/api/sso/bindings/${again.id}/decision`, {
      approve: true,
      accountId: again.account!.id,
    });
    // The holder may end it, too.
    await pass(browser, 'chen');
    expect((await city.as('west-officer', 'DELETE', `/api/session/bindings/${again.id}`)).status).toBe(404);
    expect(await browser.user()).toBe('east-officer');
    city.people['east-officer'] = await signIn(city.server, 'east-officer');
    expect((await city.as('east-officer', 'DELETE', `/api/session/bindings/${again.id}`)).status).toBe(204);
    expect(await browser.user()).toBeNull();
    // What was unbound asks again like a stranger.
    expect(city.codeOf(await pass(browser, 'chen'))).toBe('auth.sso_pending');
  });

  it('of an administrator needs the holder’s own act', async () => {
    cas.attributes = { employeeNumber: 'P-009' };
    await city.givePerson('auditadmin', 'P-009', '13800000009');
    await pass(city.browser(), 'audit');
    const row = (await pending()).find(({ subject }) => subject === 'audit')!;
    const url = `/api/sso/bindings/${row.id}/decision`;
    const body = { approve: true, accountId: row.account!.id };
    expect((await city.as('secadmin', 'POST', url, body)).body.code).toBe('auth.sso_holder_only');
    const own = city.browser().use(await signIn(city.server, 'auditadmin'));
    expect(city.codeOf(await pass(own, 'audit', '?link=1'))).toBe('auth.sso_pending');
    expect((await city.as('secadmin', 'POST', url, body)).body).toMatchObject({
      state: 'bound',
      matchedBy: 'holder',
    });
    const browser = city.browser();
    await pass(browser, 'audit');
    expect(await browser.user()).toBe('auditadmin');
    const mine = JSON.parse((await browser.get('/api/session/bindings')).body).items;
    expect(mine).toMatchObject([{ connectorEn: 'Campus', state: 'bound' }]);
    expect((await city.as('west-officer', 'DELETE', `/api/session/bindings/${mine[0].id}`)).status).toBe(404);
  });

  it('of the security administrator is approved by nobody but another person', async () => {
    const own = city.browser().use(await signIn(city.server, 'secadmin'));
    await pass(own, 'sec', '?link=1');
    const row = (await pending()).find(({ subject }) => subject === 'sec')!;
    const body = { approve: true, accountId: row.account!.id };
    const reply = await city.as('secadmin', 'POST', `/api/sso/bindings/${row.id}/decision`, body);
    expect(reply.body.code).toBe('auth.sso_own_proposal');
    await expect(
      city.app.ownerPool.query(
        `UPDATE auth.sso_binding SET state = 'bound', decided_by = account_id::text, decided_at = base.now() WHERE id = $1`,
        [row.id],
      ),
    ).rejects.toThrow(/sso_binding_four_eyes/);
  });

  it('is not asked for a local password that it never set', async () => {
    const made = await city.as('sysadmin', 'POST', '/api/accounts', {
      username: 'new-teacher',
      name: '新老师',
      unitCode: 'east-2',
      password: 'First-Pass-2026',
    });
    await city.givePerson('new-teacher', 'P-020', '13800000020');
    cas.attributes = { employeeNumber: 'P-020' };
    await bind('newcomer');
    const browser = city.browser();
    await pass(browser, 'newcomer');
    const { user } = JSON.parse((await browser.get('/api/session')).body);
    expect(user).toMatchObject({ id: made.body.id, mustFirst: null, mustChangePassword: false });
  });
});

describe('an attack', () => {
  it('with a link to a finished sign-in (login CSRF) fails in another browser', async () => {
    const { back } = cas.logIn(await begin(city.browser()), 'zhang');
    const victim = city.browser();
    expect(city.codeOf((await victim.get(back)).location)).toBe('auth.sso_expired');
    await begin(victim);
    expect(city.codeOf((await victim.get(back)).location)).toBe('auth.sso_expired');
    expect(await victim.user()).toBeNull();
  });

  it('that replays the whole answer, cookie and all, fails', async () => {
    const browser = city.browser();
    const { back } = cas.logIn(await begin(browser), 'zhang');
    const cookies = new Map(browser.cookies);
    expect((await browser.get(back)).location).toBe('/');
    const thief = city.browser();
    for (const [name, value] of cookies) thief.cookies.set(name, value);
    expect(city.codeOf((await thief.get(back)).location)).toBe('auth.sso_expired');
    // Two at once: one of them.
    const next = city.browser();
    const again = cas.logIn(await begin(next), 'zhang');
    const twin = city.browser();
    for (const [name, value] of next.cookies) twin.cookies.set(name, value);
    const both = await Promise.all([next.get(again.back), twin.get(again.back)]);
    expect(both.map(({ location }) => city.codeOf(location)).sort()).toEqual(['auth.sso_expired', null]);
  });

  it('with a ticket of another service, or one that was used, fails', async () => {
    const browser = city.browser();
    const login = await begin(browser);
    const other = new URL(login);
    other.searchParams.set('service', 'https://other.example/');
    const { ticket } = cas.logIn(other.href, 'zhang');
    const { back } = cas.logIn(login, 'zhang');
    const mixed = new URL(back);
    mixed.searchParams.set('ticket', ticket);
    expect(city.codeOf((await browser.get(mixed.href)).location)).toBe('auth.sso_bad_answer');
    const service = cas.asked.at(-1)!.searchParams.get('service');
    expect(service).toBe(new URL(login).searchParams.get('service'));
  });

  it.each([
    ['a proxy ticket', 'PT-1-abc'],
    ['two tickets', 'ST-1-abc&ticket=ST-2-abc'],
    ['a ticket with other characters', 'ST-1%0d%0aX'],
  ])('with %s is stopped before the server is asked', async (_what, ticket) => {
    const browser = city.browser();
    const service = new URL(await begin(browser)).searchParams.get('service')!;
    const asked = cas.asked.length;
    expect(city.codeOf((await browser.get(`${service}&ticket=${ticket}`)).location)).toBe(
      'auth.sso_bad_answer',
    );
    expect(cas.asked.length).toBe(asked);
  });

  it('by a hostile server with markup tricks or a flood fails and is written down', async () => {
    for (const answer of [
      () => wrap(`${successOf('zhang')}${successOf('chen')}`),
      () => `<!DOCTYPE x [<!ENTITY u "zhang">]>${wrap(successOf('&u;'))}`,
      () => wrap('x'.repeat(2_000_000)),
      () => '',
    ]) {
      cas.answer = answer;
      expect(city.codeOf(await pass(city.browser(), 'zhang'))).toBe('auth.sso_bad_answer');
    }
    expect((await city.actions()).filter((one) => one === 'auth.sso_failed').length).toBeGreaterThan(3);
  });

  it('with the cookie of one connector at another (mix-up) fails', async () => {
    const second = await city.connect(connector('Second', cas));
    const browser = city.browser();
    const { back } = cas.logIn(await begin(browser), 'zhang');
    expect(city.codeOf((await browser.get(back.replace(id, second))).location)).toBe('auth.sso_expired');
    // The same server through another connector is another identity: bindings do not carry over.
    expect(city.codeOf(await pass(city.browser(), 'zhang', '', second))).toBe('auth.sso_pending');
    await city.as('secadmin', 'POST', `/api/sso/connectors/${second}/off`);
    expect((await city.browser().get(`/api/sso/${second}/start`)).location).toContain('auth.sso_off');
  });

  it('after ten minutes, or with a changed cookie, fails', async () => {
    const browser = city.browser();
    const { back } = cas.logIn(await begin(browser), 'zhang');
    await city.app.advance(10 * 60_000);
    expect(city.codeOf((await browser.get(back)).location)).toBe('auth.sso_expired');
    const other = city.browser();
    const next = cas.logIn(await begin(other), 'zhang');
    const value = other.cookies.get('jiaodun_sso')!;
    other.cookies.set('jiaodun_sso', value.slice(0, 40) + (value[40] === 'A' ? 'B' : 'A') + value.slice(41));
    expect(city.codeOf((await other.get(next.back)).location)).toBe('auth.sso_expired');
  });

  it('by fixation plants nothing: the session is a new one, whatever cookie was there', async () => {
    const attacker = await signIn(city.server, 'west-officer');
    const browser = city.browser().use(attacker);
    const before = new Map(browser.cookies);
    expect(await pass(browser, 'zhang')).toBe('/');
    expect(await browser.user()).toBe('east-teacher');
    for (const [name, value] of before) expect(browser.cookies.get(name)).not.toBe(value);
    expect(browser.cookies.has('jiaodun_sso')).toBe(false);
  });

  it.each([
    '//evil.example',
    '/\\evil.example',
    '/%2f/evil.example',
    'https://evil.example',
    '/api/sso/x/start',
  ])('with the return address %s leads home', async (to) => {
    expect(await pass(city.browser(), 'zhang', `?to=${encodeURIComponent(to)}`)).toBe('/');
  });

  it('from a county’s server on an account of the city fails', async () => {
    const made = await city.as('sysadmin', 'POST', '/api/accounts', {
      username: 'east-system',
      name: '东系统',
      unitCode: 'east',
      password: 'Demo-Pass-2026',
      mustChangePassword: false,
    });
    const grant = await city.as('sysadmin', 'POST', '/api/role-grants', {
      accountId: made.body.id,
      role: 'system_admin',
    });
    await city.as('secadmin', 'POST', `/api/role-grants/${grant.body.id}/decision`, { approve: true });
    const east = await signIn(city.server, 'east-system');
    const proposed = await call(city.server, east, 'POST', '/api/sso/connectors', connector('East', cas));
    const decision = { versionId: proposed.body.proposed.id, approve: true };
    await city.as('secadmin', 'POST', `/api/sso/connectors/${proposed.body.id}/decision`, decision);
    cas.attributes = { employeeNumber: 'P-002' };
    expect(city.codeOf(await pass(city.browser(), 'mole', '', proposed.body.id))).toBe('auth.sso_pending');
    const row = (await pending()).find(({ subject }) => subject === 'mole')!;
    expect(row.account).toBeNull();
    const chosen = await city.as('sysadmin', 'POST', `/api/sso/bindings/${row.id}/account`, {
      username: 'west-officer',
    });
    expect(chosen.body.code).toBe('auth.sso_outside');
    const seen = await call(city.server, east, 'GET', '/api/sso/connectors');
    expect(seen.body.items).toHaveLength(1);
  });
});

describe('single logout', () => {
  it('ends the session of the ticket that the CAS server names, and only that', async () => {
    const browser = city.browser();
    const { ticket, back } = cas.logIn(await begin(browser), 'zhang');
    await browser.get(back);
    const other = city.browser();
    await pass(other, 'zhang');
    const send = (body: string) =>
      city.server.inject({
        method: 'POST',
        url: `/api/sso/${id}/callback?state=x`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: body,
      });
    for (const body of ['', 'logoutRequest=', 'logoutRequest=%3Cx', cas.logoutBody('ST-0-unknown')]) {
      expect((await send(body)).statusCode).toBe(204);
    }
    expect(await browser.user()).toBe('east-teacher');
    expect((await send(cas.logoutBody(ticket))).statusCode).toBe(204);
    expect([await browser.user(), await other.user()]).toEqual([null, 'east-teacher']);
    expect((await send(`logoutRequest=${'x'.repeat(100_000)}`)).statusCode).toBe(413);
  });

  it('at sign-out names the address of the other system; a local session has none', async () => {
    const browser = city.browser();
    await pass(browser, 'zhang');
    const { body } = await browser.post('/api/sso/sign-out', undefined);
    expect(body.redirect).toBe(`${cas.url}/cas/logout?service=http%3A%2F%2Fjiaodun.example%2Fsign-in`);
    expect(await browser.user()).toBeNull();
    const local = city.browser().use(await signIn(city.server, 'east-teacher'));
    expect((await local.post('/api/sso/sign-out', undefined)).body).toEqual({ redirect: null });
    expect(await local.user()).toBeNull();
  });

  it('comes with the switch: every session through the connector ends, others stay', async () => {
    const browser = city.browser();
    await pass(browser, 'zhang');
    const local = city.browser().use(await signIn(city.server, 'west-officer'));
    expect((await city.as('secadmin', 'POST', `/api/sso/connectors/${id}/off`)).body.active).toBeNull();
    expect([await browser.user(), await local.user()]).toEqual([null, 'west-officer']);
  });
});
