/** LDAP against a real directory: OpenLDAP's slapd from the system, on a temporary directory. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  noSlapd,
  type Slapd,
  serviceDn,
  servicePassword,
  startSlapd,
  suffix,
} from '../../../../test/peers/slapd.ts';
import { peerCertificate, peerHost } from '../../../../test/peers/tls.ts';
import { type SsoCity, ssoCity } from './testing.ts';

let city: SsoCity;
let slapd: Slapd;
let id: string;

const settings = (more: object = {}) => ({
  url: `ldaps://${peerHost}:${slapd.tlsPort}`,
  internalAddress: '127.0.0.1',
  caPem: peerCertificate,
  bindDn: serviceDn,
  baseDn: suffix,
  ...more,
});
const connector = (more: object = {}, secret = servicePassword) => ({
  kind: 'ldap',
  nameZh: '学校目录',
  nameEn: 'Directory',
  secret,
  settings: settings(more),
});
const startTls = () => ({ url: `ldap://${peerHost}:${slapd.port}`, startTls: true });

async function signIn(username: string, password: string, connectorId = id) {
  const browser = city.browser();
  const { status, body } = await browser.post(`/api/sso/${connectorId}/password`, { username, password });
  return {
    status,
    code: body.code as string | undefined,
    pending: body.pending as boolean | undefined,
    browser,
  };
}

async function steps(input: object): Promise<{ ok: boolean; zh: string }[]> {
  const made = await city.as('sysadmin', 'POST', '/api/sso/connectors', input);
  return (await city.as('sysadmin', 'POST', `/api/sso/connectors/${made.body.id}/test`)).body.steps;
}

describe.skipIf(noSlapd)(`a real LDAP directory${noSlapd ? ` (skipped: ${noSlapd})` : ''}`, () => {
  beforeAll(async () => {
    slapd = await startSlapd();
    city = await ssoCity();
    await city.givePerson('east-teacher', 'P-001', '13900000001');
    await city.givePerson('west-officer', 'P-002', '13800000002');
    id = await city.connect(connector());
  });
  afterAll(async () => {
    await city?.close();
    await slapd?.close();
  });

  it('lets its person in once bound, by a number that never changes and not by name or place', async () => {
    expect(await signIn('wang', 'wang-password')).toMatchObject({ status: 200, pending: true });
    const row = (await city.as('secadmin', 'GET', '/api/sso/bindings?state=pending')).body.items[0];
    expect(row).toMatchObject({
      displayName: '王示例',
      matchedBy: 'employee_no',
      employeeNo: 'P-001',
      account: { username: 'east-teacher' },
    });
    // entryUUID (RFC 4530): a renamed entry stays the same person, a new one of that name does not.
    expect(row.subject).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const decision = { approve: true, accountId: row.account.id };
    await city.as('secadmin', 'POST', `/api/sso/bindings/${row.id}/decision`, decision);
    const { browser } = await signIn('wang', 'wang-password');
    expect(await browser.user()).toBe('east-teacher');
    expect((await signIn('li', 'li-password')).pending).toBe(true);
    const li = (await city.as('secadmin', 'GET', '/api/sso/bindings?state=pending')).body.items[0];
    expect(li).toMatchObject({
      matchedBy: 'phone',
      phoneMasked: '138****0002',
      account: { username: 'west-officer' },
    });
  });

  it('works over StartTLS as well', async () => {
    const other = await city.connect(connector(startTls()));
    expect(await signIn('wang', 'wang-password', other)).toMatchObject({ status: 200, pending: true });
  });

  it.each([
    ['a wrong password', 'wang', 'wrong'],
    ['an unknown name', 'nobody', 'wang-password'],
    ['a name that two entries have', 'twin', 'twin-password'],
    ['a filter that finds everybody', '*', 'wang-password'],
    ['a filter that closes ours', 'wang)(uid=*', 'wang-password'],
    ['the classic injection', '*)(uid=*', 'wang-password'],
    ['an injected alternative', 'x)(|(uid=wang', 'wang-password'],
    ['an escape of its own', 'wan\\67', 'wang-password'],
    ['a DN', `uid=wang,ou=people,${suffix}`, 'wang-password'],
    ['the service account', 'reader', servicePassword],
  ])('refuses %s like any wrong password', async (_what, username, password) => {
    const { code, browser } = await signIn(username, password);
    expect(code).toBe('auth.bad_credentials');
    expect(await browser.user()).toBeNull();
  });

  it('takes a name with a star for that very name', async () => {
    expect((await signIn('a*b', 'a*b-password')).pending).toBe(true);
  });

  it.each([
    ['an empty password', 'wang', ''],
    ['NUL in the name', 'wang\0', 'wang-password'],
    ['NUL in the password', 'wang', 'wang-password\0'],
    ['a very long name', 'w'.repeat(10_000), 'x'],
    ['a very long password', 'wang', 'x'.repeat(10_000)],
  ])('refuses %s before it is asked', async (_what, username, password) => {
    expect((await signIn(username, password)).code).toBe('base.invalid_input');
  });

  it('that would let anybody in without a password does not get the chance', async () => {
    // The server itself accepts it (RFC 4513 §5.1.2): the refusal is ours.
    const { Client } = await import('ldapts');
    const client = new Client({
      url: `ldaps://127.0.0.1:${slapd.tlsPort}`,
      tlsOptions: { servername: peerHost, ca: peerCertificate },
    });
    await client.bind(`uid=wang,ou=people,${suffix}`, '');
    await client.unbind();
    const { ldapProvider } = await import('./ldap.ts');
    const { settingsFields } = await import('../contract.ts');
    const provider = ldapProvider({
      versionId: 'v',
      secret: servicePassword,
      callbackUrl: 'http://jiaodun.example/',
      settings: settingsFields.ldap.parse(settings()),
    });
    await expect(provider.finish({ kind: 'form', username: 'wang', password: '' })).rejects.toMatchObject({
      code: 'auth.bad_credentials',
    });
    expect(
      (await provider.finish({ kind: 'form', username: 'wang', password: 'wang-password' })).employeeNo,
    ).toBe('P-001');
  });

  it('locks a name after as many failures as the policy allows, whether it exists or not', async () => {
    for (const username of ['li', 'nobody-at-all']) {
      const codes: (string | undefined)[] = [];
      for (let i = 0; i < 6; i += 1) codes.push((await signIn(username, 'wrong')).code);
      expect(codes).toEqual([...Array(5).fill('auth.bad_credentials'), 'auth.locked']);
    }
  });

  it('tells in a test what is wrong with the settings', async () => {
    expect((await steps(connector())).map(({ ok }) => ok)).toEqual([true, true]);
    const cases: [object, RegExp][] = [
      [connector({}, 'wrong'), /不接受我们的账号或密钥/],
      [connector({ caPem: undefined }), /证书不可信/],
      [connector({ url: `ldaps://other.example:${slapd.tlsPort}` }), /证书不可信/],
      [connector({ url: `ldaps://${peerHost}:1` }), /连不上/],
      [connector({ url: `ldaps://127.0.0.1:${slapd.tlsPort}`, internalAddress: undefined }), /内网/],
      [connector({ baseDn: 'dc=nowhere,dc=example' }), /不是这种登录系统|LDAP/],
    ];
    for (const [input, words] of cases) {
      const found = (await steps(input)).find(({ ok }) => !ok);
      expect(String(found?.zh)).toMatch(words);
    }
  });

  it('is not asked in clear: settings without encryption are refused', async () => {
    const input = connector({ url: `ldap://${peerHost}:${slapd.port}` });
    expect((await city.as('sysadmin', 'POST', '/api/sso/connectors', input)).body.code).toBe(
      'base.invalid_input',
    );
  });

  it('that fell silent is no wrong password, and locks nobody out', async () => {
    await slapd.close();
    for (let i = 0; i < 7; i += 1)
      expect((await signIn('wang', 'wang-password')).code).toBe('auth.sso_unreachable');
  });
});
