/** An OpenID provider that forges what it is told to: for attacks that an honest one would not take part in. */
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { newSecret } from '#base/id';
import { bodyOf, listen, type Peer, sendJson } from './listen.ts';

export interface ForgingOp extends Peer {
  /** Claims of the next ID token, over the honest ones. */
  claims: Record<string, unknown>;
  /** Header of the next ID token. */
  header: { alg: string; kid?: string };
  /** Signs with a key that is not the published one. */
  foreignKey: boolean;
  /** The issuer of the discovery document. */
  issuer: string | undefined;
  userinfo: Record<string, unknown> | undefined;
  nonce: string;
  readonly grants: URLSearchParams[];
  extra: Record<string, unknown>;
}

const b64 = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

export async function forgingOp(clientId: string, clientSecret: string): Promise<ForgingOp> {
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const spent = new Set<string>();
  const peer = await listen(async (request, url, response) => {
    if (url.pathname === '/.well-known/openid-configuration') {
      return sendJson(response, {
        issuer: op.issuer ?? op.url,
        authorization_endpoint: `${op.url}/auth`,
        token_endpoint: `${op.url}/token`,
        userinfo_endpoint: `${op.url}/me`,
        jwks_uri: `${op.url}/jwks`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        // It offers what must never be taken.
        id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
        ...op.extra,
      });
    }
    if (url.pathname === '/jwks') {
      return sendJson(response, {
        keys: [{ ...own.publicKey.export({ format: 'jwk' }), kid: '1', use: 'sig', alg: 'RS256' }],
      });
    }
    if (url.pathname === '/me') return sendJson(response, op.userinfo ?? { sub: 'teacher-1' });
    const grant = new URLSearchParams(await bodyOf(request));
    op.grants.push(grant);
    const code = grant.get('code') ?? '';
    if (spent.has(code)) return sendJson(response, { error: 'invalid_grant' }, 400);
    spent.add(code);
    return sendJson(response, {
      access_token: newSecret(),
      token_type: 'Bearer',
      expires_in: 60,
      id_token: token(),
    });
  });
  function token(): string {
    const seconds = Math.floor(Date.now() / 1000);
    const honest = {
      iss: op.url,
      sub: 'teacher-1',
      aud: clientId,
      iat: seconds,
      exp: seconds + 60,
      nonce: op.nonce,
    };
    const text = `${b64(op.header)}.${b64({ ...honest, ...op.claims })}`;
    if (op.header.alg === 'none') return `${text}.`;
    if (op.header.alg === 'HS256')
      return `${text}.${createHmac('sha256', clientSecret).update(text).digest('base64url')}`;
    const { privateKey } = op.foreignKey ? foreign : own;
    return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
  }
  const op: ForgingOp = {
    ...peer,
    claims: {},
    header: { alg: 'RS256', kid: '1' },
    foreignKey: false,
    issuer: undefined,
    userinfo: undefined,
    nonce: '',
    grants: [],
    extra: {},
  };
  return op;
}
