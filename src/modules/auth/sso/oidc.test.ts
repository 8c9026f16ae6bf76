/** OpenID Connect against a real provider (npm oidc-provider), and against one that forges (test/peers/forging-op). */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ForgingOp, forgingOp } from '../../../../test/peers/forging-op.ts';
import { type OpenIdProvider, startOpenIdProvider } from '../../../../test/peers/openid-provider.ts';
import { publicUrl, type SsoCity, ssoCity, type TestBrowser } from './testing.ts';

const clientId = 'jiaodun';
const clientSecret = 'a-secret:with%2B+&-signs';

let city: SsoCity;
let real: OpenIdProvider;
let forger: ForgingOp;
let realId: string;
let forgedId: string;

const connector = (nameEn: string, issuer: string, more: object = {}, secret = clientSecret) => ({
  kind: 'oidc',
  nameZh: `统一身份 ${nameEn}`,
  nameEn,
  secret,
  settings: { issuer, clientId, internalAddress: '127.0.0.1', ...more },
});

beforeAll(async () => {
  city = await ssoCity();
  await city.givePerson('east-teacher', 'P-001', '13800000001');
  await city.givePerson('west-officer', 'P-002', '13800000002');
  real = await startOpenIdProvider({
    clientId,
    clientSecret,
    redirectUris: () => [`${publicUrl}/api/sso/${realId}/callback`],
    afterLogout: `${publicUrl}/sign-in`,
  });
  realId = await city.connect(connector('Real', real.issuer));
  forger = await forgingOp(clientId, clientSecret);
  forgedId = await city.connect(connector('Forging', forger.url, { secondFactorValues: ['mfa'] }));
});
afterAll(async () => {
  await city.close();
  await real.close();
  await forger.close();
});
beforeEach(() => {
  Object.assign(forger, {
    claims: {},
    header: { alg: 'RS256', kid: '1' },
    foreignKey: false,
    issuer: undefined,
    extra: {},
    userinfo: undefined,
  });
});

async function bind(subject: string): Promise<void> {
  const { body } = await city.as('secadmin', 'GET', '/api/sso/bindings?state=pending');
  const row = body.items.find((one: { subject: string }) => one.subject === subject);
  const decision = { approve: true, accountId: row.account.id };
  const reply = await city.as('secadmin', 'POST', `/api/sso/bindings/${row.id}/decision`, decision);
  expect(reply.body.state).toBe('bound');
}

describe('a real OpenID provider', () => {
  it('is tested in words', async () => {
    const { body } = await city.as('secadmin', 'POST', `/api/sso/connectors/${realId}/test`);
    expect(body.steps.map(({ ok }: { ok: boolean }) => ok)).toEqual([true, true, true, true]);
  });

  it('lets its person in with PKCE, state and nonce, once bound, and out again', async () => {
    real.accounts.set('teacher', { name: '王示例', employee_number: 'P-001' });
    const browser = city.browser();
    const start = await browser.get(`/api/sso/${realId}/start?to=/findings`);
    const asked = new URL(start.location).searchParams;
    expect(asked.get('code_challenge_method')).toBe('S256');
    expect(asked.get('redirect_uri')).toBe(`${publicUrl}/api/sso/${realId}/callback`);
    for (const name of ['state', 'nonce', 'code_challenge']) expect(asked.get(name)).toMatch(/^[\w-]{43}$/);
    const back = await real.walk(start.location, 'teacher');
    expect(city.codeOf((await browser.get(back)).location)).toBe('auth.sso_pending');
    await bind('teacher');
    const again = await real.walk(
      (await browser.get(`/api/sso/${realId}/start?to=/findings`)).location,
      'teacher',
    );
    expect((await browser.get(again)).location).toBe('/findings');
    expect(await browser.user()).toBe('east-teacher');
    // The ID token is kept for the sign-out, sealed.
    const kept = await city.app.ownerPool.query(
      'SELECT id_token FROM auth.sso_login WHERE id_token IS NOT NULL',
    );
    expect(kept.rows.length).toBe(1);
    expect(kept.rows[0].id_token.toString('latin1')).not.toContain('eyJ');
    const { body } = await browser.post('/api/sso/sign-out', undefined);
    expect(await browser.user()).toBeNull();
    expect(await real.leave(body.redirect, real.jar)).toBe(`${publicUrl}/sign-in`);
  });

  it('refuses a code that is used again', async () => {
    const browser = city.browser();
    const start = await browser.get(`/api/sso/${realId}/start`);
    const back = await real.walk(start.location, 'teacher');
    const code = new URL(back).searchParams.get('code')!;
    expect((await browser.get(back)).location).toBe('/');
    // A new flow of the thief with the stolen code: the code is spent here, and PKCE would not fit there.
    const thief = city.browser();
    const own = new URL((await thief.get(`/api/sso/${realId}/start`)).location).searchParams.get('state')!;
    const stolen = `/api/sso/${realId}/callback?code=${code}&state=${own}`;
    expect(city.codeOf((await thief.get(stolen)).location)).toBe('auth.sso_expired');
    // A code caught before its owner used it: PKCE binds it to the owner's browser.
    const owner = city.browser();
    const caught = new URL(
      await real.walk((await owner.get(`/api/sso/${realId}/start`)).location, 'teacher'),
    );
    const next = city.browser();
    const state = new URL((await next.get(`/api/sso/${realId}/start`)).location).searchParams.get('state')!;
    caught.searchParams.set('state', state);
    expect(city.codeOf((await next.get(caught.href)).location)).toBe('auth.sso_bad_answer');
    expect(await next.user()).toBeNull();
  });

  it('that says no is told as a refusal', async () => {
    const browser = city.browser();
    const state = new URL((await browser.get(`/api/sso/${realId}/start`)).location).searchParams.get(
      'state',
    )!;
    const iss = encodeURIComponent(real.issuer);
    const denied = `/api/sso/${realId}/callback?error=access_denied&state=${state}&iss=${iss}`;
    expect(city.codeOf((await browser.get(denied)).location)).toBe('auth.sso_declined');
  });

  it('answers for itself only: another issuer in the response is a mix-up (RFC 9207)', async () => {
    const browser = city.browser();
    const back = new URL(
      await real.walk((await browser.get(`/api/sso/${realId}/start`)).location, 'teacher'),
    );
    expect(back.searchParams.get('iss')).toBe(real.issuer);
    back.searchParams.set('iss', 'https://other.example');
    expect(city.codeOf((await browser.get(back.href)).location)).toBe('auth.sso_bad_answer');
  });

  it('does not take a wrong client secret', async () => {
    const wrong = await city.connect(connector('Wrong', forger.url, {}, 'wrong'));
    expect(wrong).toBeTruthy();
    const made = await city.as(
      'sysadmin',
      'POST',
      `/api/sso/connectors/${realId}/changes`,
      connector('Real', real.issuer, {}, 'wrong'),
    );
    const decision = { versionId: made.body.proposed.id, approve: true };
    await city.as('secadmin', 'POST', `/api/sso/connectors/${realId}/decision`, decision);
    const browser = city.browser();
    const back = await real.walk((await browser.get(`/api/sso/${realId}/start`)).location, 'teacher');
    expect(city.codeOf((await browser.get(back)).location)).toBe('auth.sso_bad_answer');
  });

  it('is left waiting when its settings change on the way', async () => {
    const browser = city.browser();
    const back = await real.walk((await browser.get(`/api/sso/${realId}/start`)).location, 'teacher');
    const made = await city.as(
      'sysadmin',
      'POST',
      `/api/sso/connectors/${realId}/changes`,
      connector('Real', real.issuer),
    );
    const decision = { versionId: made.body.proposed.id, approve: true };
    await city.as('secadmin', 'POST', `/api/sso/connectors/${realId}/decision`, decision);
    expect(city.codeOf((await browser.get(back)).location)).toBe('auth.sso_expired');
  });
});

/** Through the forging provider: it answers to any code. */
async function forged(browser: TestBrowser): Promise<string> {
  const start = await browser.get(`/api/sso/${forgedId}/start`);
  if (!start.location.startsWith('http')) return city.codeOf(start.location) ?? '';
  const asked = new URL(start.location).searchParams;
  forger.nonce = asked.get('nonce')!;
  const back = `/api/sso/${forgedId}/callback?code=c-${forger.nonce}&state=${asked.get('state')}`;
  const { location } = await browser.get(back);
  return city.codeOf(location) ?? location;
}

describe('a forging OpenID provider', () => {
  it('that is honest for once gets its person in: the attacks below fail by what they change', async () => {
    forger.userinfo = { sub: 'teacher-1', employee_number: 'P-002', name: '李示例' };
    expect(await forged(city.browser())).toBe('auth.sso_pending');
    await bind('teacher-1');
    const browser = city.browser();
    expect(await forged(browser)).toBe('/');
    expect(await browser.user()).toBe('west-officer');
    expect(forger.grants.at(-1)!.get('code_verifier')).toMatch(/^[\w-]{43}$/);
  });

  const past = Math.floor(Date.now() / 1000) - 3600;
  it.each<[string, Partial<ForgingOp>]>([
    ['no signature (alg none)', { header: { alg: 'none' } }],
    ['a signature by the client secret (HS256)', { header: { alg: 'HS256' } }],
    ['a foreign key', { foreignKey: true }],
    ['an unknown key id', { header: { alg: 'RS256', kid: '2' } }],
    ['another issuer', { claims: { iss: 'https://other.example' } }],
    ['another audience', { claims: { aud: 'other-client' } }],
    ['several audiences and another authorised party', { claims: { aud: ['jiaodun', 'x'], azp: 'x' } }],
    ['another nonce', { claims: { nonce: 'x' } }],
    ['no nonce', { claims: { nonce: undefined } }],
    ['an expired token', { claims: { exp: past, iat: past - 60 } }],
    ['a token of the future', { claims: { nbf: Math.floor(Date.now() / 1000) + 3600 } }],
    ['no expiry', { claims: { exp: undefined } }],
    ['no subject', { claims: { sub: undefined } }],
    ['a subject with control characters', { claims: { sub: 'a\nb' }, userinfo: { sub: 'a\nb' } }],
    ['userinfo of another subject', { userinfo: { sub: 'teacher-2', employee_number: 'P-001' } }],
  ])('is refused with %s', async (_what, forgery) => {
    Object.assign(forger, forgery);
    const browser = city.browser();
    expect(await forged(browser)).toBe('auth.sso_bad_answer');
    expect(await browser.user()).toBeNull();
  });

  it('is refused with a discovery document of another issuer', async () => {
    forger.issuer = 'https://id.example';
    const other = await city.connect(connector('Posing', forger.url));
    expect(city.codeOf((await city.browser().get(`/api/sso/${other}/start`)).location)).toBe(
      'auth.sso_bad_answer',
    );
  });

  it('that signs with secrets only is refused', async () => {
    forger.extra = { id_token_signing_alg_values_supported: ['HS256', 'none'] };
    const other = await city.connect(connector('Secrets', forger.url));
    expect(city.codeOf((await city.browser().get(`/api/sso/${other}/start`)).location)).toBe(
      'auth.sso_bad_answer',
    );
  });

  it('cannot send us to an internal address of its choice', async () => {
    // 127.0.0.1 with this port is registered; nothing else on the internal network is.
    forger.extra = {
      token_endpoint: `http://localhost:${forger.port}/token`,
      jwks_uri: 'http://169.254.169.254/',
    };
    const other = await city.connect(connector('Leading', forger.url));
    const browser = city.browser();
    const asked = new URL((await browser.get(`/api/sso/${other}/start`)).location).searchParams;
    const before = forger.grants.length;
    const back = `/api/sso/${other}/callback?code=x&state=${asked.get('state')}`;
    expect(city.codeOf((await browser.get(back)).location)).toBe('auth.sso_unreachable');
    expect(forger.grants.length).toBe(before);
  });

  it('is trusted with a second factor only where the settings say so, and only for the named value', async () => {
    const factors = async () => {
      const { rows } = await city.app.ownerPool.query(
        `SELECT second_factor_at IS NOT NULL AS proved FROM auth.session WHERE method LIKE 'sso:%' ORDER BY id DESC LIMIT 1`,
      );
      return rows[0].proved;
    };
    forger.claims = { amr: ['pwd'] };
    expect(await forged(city.browser())).toBe('/');
    expect(await factors()).toBe(false);
    forger.claims = { amr: ['pwd', 'mfa'] };
    expect(await forged(city.browser())).toBe('/');
    expect(await factors()).toBe(true);
    forger.claims = { acr: 'mfa' };
    expect(await forged(city.browser())).toBe('/');
    expect(await factors()).toBe(true);
  });

  it('that is down is told so', async () => {
    const gone = await forgingOp(clientId, clientSecret);
    const other = await city.connect(connector('Gone', gone.url));
    await gone.close();
    expect(city.codeOf((await city.browser().get(`/api/sso/${other}/start`)).location)).toBe(
      'auth.sso_unreachable',
    );
  });
});
