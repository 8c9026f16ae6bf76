/** OpenID Connect Core 1.0: authorization code flow with PKCE, by openid-client; every check that it offers is on. */
import * as client from 'openid-client';
import type { z } from 'zod';
import { AppError, fail, isAppError } from '#base/errors';
import type { oidcFields, TestStep } from '../contract.ts';
import type {
  Callback,
  ExternalIdentity,
  Flow,
  IdentityProvider,
  ProviderSetting,
} from './identity-provider.ts';
import { askProvider, type ProviderRequest, textOf } from './provider-http.ts';
import { stepDone, stepFailed } from './test-steps.ts';

type Settings = z.output<typeof oidcFields>;

/** Clocks of school servers wander; more than a minute is a fault to be told. */
const toleranceSeconds = 60;

/**
 * Signatures that we accept on an ID token. Neither `none` nor HS256 (a client secret is no proof of the issuer to
 * anybody who knows it), whatever the provider announces.
 */
const signatures = new Set([
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]);

/** Discovery documents change rarely; a version's settings never do. */
const cacheMinutes = 10;
const discovered = new Map<string, { readonly at: number; readonly config: client.Configuration }>();

export function oidcProvider(setting: ProviderSetting<Settings>, now: () => number): IdentityProvider {
  const configuration = () => configurationOf(setting, now);
  return {
    start: async (flow) => {
      const config = await configuration();
      return client.buildAuthorizationUrl(config, {
        redirect_uri: setting.callbackUrl,
        response_type: 'code',
        scope: setting.settings.scopes,
        state: flow.state,
        nonce: flow.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(flow.verifier),
        code_challenge_method: 'S256',
      });
    },
    finish: async (callback) => finish(setting, await configuration(), callback),
    endUrl: async (idToken, returnTo) => {
      const config = await configuration();
      if (!config.serverMetadata().end_session_endpoint) return undefined;
      return client.buildEndSessionUrl(config, {
        post_logout_redirect_uri: returnTo,
        ...(idToken && { id_token_hint: idToken }),
      });
    },
    test: () => test(setting),
  };
}

async function configurationOf(
  setting: ProviderSetting<Settings>,
  now: () => number,
): Promise<client.Configuration> {
  const known = discovered.get(setting.versionId);
  if (known && now() - known.at < cacheMinutes * 60_000) return known.config;
  const config = await discover(setting);
  discovered.set(setting.versionId, { at: now(), config });
  return config;
}

async function discover(setting: ProviderSetting<Settings>): Promise<client.Configuration> {
  const { settings, secret } = setting;
  const authenticate = settings.tokenAuth === 'post' ? client.ClientSecretPost : client.ClientSecretBasic;
  try {
    const config = await client.discovery(
      new URL(settings.issuer),
      settings.clientId,
      { client_secret: secret, [client.clockTolerance]: toleranceSeconds },
      authenticate(secret),
      {
        [client.customFetch]: (url, options) => fetchFor(setting, url, options),
        // The signature of the ID token is checked although it came over TLS: an internal server may have none.
        execute: [
          client.enableNonRepudiationChecks,
          ...(settings.issuer.startsWith('http:') ? [client.allowInsecureRequests] : []),
        ],
      },
    );
    const offered = config.serverMetadata().id_token_signing_alg_values_supported ?? ['RS256'];
    if (!offered.some((one) => signatures.has(one))) {
      fail('auth.sso_bad_answer', { reason: `ID tokens are signed with ${offered.join(', ')} only` });
    }
    return config;
  } catch (error) {
    return refuse(error);
  }
}

/** openid-client's requests go the same way out as all of ours. */
async function fetchFor(
  { settings }: ProviderSetting<Settings>,
  url: string,
  options: client.CustomFetchOptions,
): Promise<Response> {
  const { issuer, internalAddress, caPem } = settings;
  const request: ProviderRequest = {
    method: options.method,
    headers: options.headers,
    ...(options.body !== undefined && options.body !== null && { body: String(options.body) }),
  };
  const result = await askProvider({ url: issuer, internalAddress, caPem }, url, request);
  const headers = new Headers();
  for (const [name, value] of Object.entries(result.headers)) {
    // The body is decoded already.
    if (!/^(content-encoding|content-length|transfer-encoding|set-cookie)$/.test(name))
      headers.set(name, value);
  }
  const hasBody = result.status >= 200 && result.status !== 204 && result.status !== 304;
  return new Response(hasBody ? Buffer.from(result.body) : null, { status: result.status, headers });
}

async function finish(
  setting: ProviderSetting<Settings>,
  config: client.Configuration,
  callback: Callback,
): Promise<ExternalIdentity> {
  if (callback.kind !== 'redirect') fail('auth.sso_bad_answer', { reason: 'not a redirect' });
  const { settings, callbackUrl } = setting;
  try {
    const tokens = await client.authorizationCodeGrant(
      config,
      answerUrl(callbackUrl, callback),
      checksOf(callback.flow),
    );
    const claims = tokens.claims() ?? fail('auth.sso_bad_answer', { reason: 'no ID token' });
    demandSignature(tokens.id_token!);
    const all = { ...(await moreClaims(config, tokens.access_token, claims, settings)), ...claims };
    const subject = textOf(claims.sub, 255) ?? fail('auth.sso_bad_answer', { reason: 'no subject' });
    const phone = all.phone_number_verified === false ? undefined : textOf(all.phone_number, 30);
    const employeeNo = textOf(all[settings.employeeNoClaim], 60);
    return {
      issuer: claims.iss,
      subject,
      displayName: textOf(all.name, 80) ?? textOf(all.preferred_username, 80) ?? subject.slice(0, 80),
      ...(phone && { phone }),
      ...(employeeNo && { employeeNo }),
      secondFactor: provedSecondFactor(claims, settings.secondFactorValues),
      idToken: tokens.id_token!,
    };
  } catch (error) {
    return refuse(error);
  }
}

/** The address as registered, never as the request's Host header has it: it becomes the `redirect_uri` again. */
function answerUrl(callbackUrl: string, callback: Callback & { kind: 'redirect' }): URL {
  const url = new URL(callbackUrl);
  url.search = callback.query.toString();
  return url;
}

function checksOf(flow: Flow): client.AuthorizationCodeGrantChecks {
  return {
    expectedState: flow.state,
    expectedNonce: flow.nonce,
    pkceCodeVerifier: flow.verifier,
    idTokenExpected: true,
  };
}

function demandSignature(idToken: string): void {
  const header = JSON.parse(Buffer.from(idToken.split('.')[0]!, 'base64url').toString()) as { alg?: string };
  if (!signatures.has(header.alg ?? ''))
    fail('auth.sso_bad_answer', { reason: `ID token signed with ${header.alg}` });
}

/** Claims that are only at the userinfo endpoint; its `sub` must be the ID token's (OIDC Core §5.3.2). */
async function moreClaims(
  config: client.Configuration,
  accessToken: string,
  claims: client.IDToken,
  settings: Settings,
): Promise<Record<string, unknown>> {
  const isComplete = claims.name !== undefined && claims[settings.employeeNoClaim] !== undefined;
  if (isComplete || !config.serverMetadata().userinfo_endpoint) return {};
  return client.fetchUserInfo(config, accessToken, claims.sub);
}

function provedSecondFactor(claims: client.IDToken, trusted: readonly string[]): boolean {
  const given = [claims.acr, ...(Array.isArray(claims.amr) ? claims.amr : [])];
  return trusted.some((one) => given.includes(one));
}

/** Turns what openid-client throws into our codes; its own words go to the log as `reason`. */
function refuse(error: unknown): never {
  if (error instanceof AppError) throw error;
  // What our fetch threw comes wrapped.
  const inner = (error as { cause?: unknown }).cause;
  if (isAppError(inner)) throw inner;
  if (error instanceof client.AuthorizationResponseError) {
    fail('auth.sso_declined', { reason: error.error }, error);
  }
  const { code, message, error: oauth } = error as { code?: string; message?: string; error?: string };
  const detail = (inner as { message?: string } | undefined)?.message;
  const reason = [oauth, code, message, detail].filter(Boolean).join(': ').slice(0, 300);
  return fail('auth.sso_bad_answer', { reason }, error);
}

async function test(setting: ProviderSetting<Settings>): Promise<TestStep[]> {
  const steps: TestStep[] = [];
  try {
    const config = await discover(setting);
    const { issuer, jwks_uri: keys, end_session_endpoint: end } = config.serverMetadata();
    steps.push(stepDone(`读到了 ${issuer} 的发现文档`, `Read the discovery document of ${issuer}`));
    if (!keys) fail('auth.sso_bad_answer', { reason: 'no jwks_uri' });
    const { internalAddress, caPem } = setting.settings;
    const reply = await askProvider({ url: setting.settings.issuer, internalAddress, caPem }, keys);
    if (reply.status !== 200) fail('auth.sso_bad_answer', { reason: `jwks_uri: HTTP ${reply.status}` });
    steps.push(stepDone('读到了签名公钥', 'Read its signing keys'));
    steps.push(
      end
        ? stepDone('支持同时退出对方系统', 'It offers to sign out there, too')
        : stepDone(
            '不支持同时退出：在这里退出后，对方系统仍保持登录',
            'It offers no sign-out: that session goes on there',
          ),
    );
    steps.push(
      stepDone(
        '客户端编号和密钥要等第一次登录才能验证',
        'Client id and secret can only be tried by a first sign-in',
      ),
    );
  } catch (error) {
    steps.push(stepFailed(error));
  }
  return steps;
}
