/** What the three code flows without OpenID Connect share: an application token, one code, used once. */
import { fail } from '#base/errors';
import type { Callback } from './identity-provider.ts';

/** The one code of a redirect. Throws `auth.sso_declined` when there is none, `auth.sso_bad_answer` for several. */
export function codeOf(callback: Callback, name: string): string {
  if (callback.kind !== 'redirect') return fail('auth.sso_bad_answer', { reason: 'not a redirect' });
  const codes = callback.query.getAll(name);
  const [code = ''] = codes;
  if (code === '') fail('auth.sso_declined', { reason: `no ${name}` });
  if (codes.length > 1 || !/^[\x21-\x7e]{1,1024}$/.test(code))
    fail('auth.sso_bad_answer', { reason: `bad ${name}` });
  return code;
}

/** The address with these parameters, beside those that it has. */
export function withQuery(address: string, query: Readonly<Record<string, string>>): URL {
  const url = new URL(address);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}
