/** A real OpenID provider (npm oidc-provider) in this process, and a person who walks through its login pages. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

export interface OpenIdProvider {
  readonly issuer: string;
  /** Claims of each account; the account's id is the user name typed at the login page. */
  readonly accounts: Map<string, Record<string, unknown>>;
  /** Logs in and consents at `address` as the person. Returns the address that the browser is sent back to. */
  walk(address: string, user: string): Promise<string>;
  /** Opens an end-session address and confirms there. Returns where it leads back to. */
  leave(address: string, jar: Map<string, string>): Promise<string>;
  /** Cookies of the browser that walked last. */
  jar: Map<string, string>;
  close(): Promise<void>;
}

export async function startOpenIdProvider(client: {
  clientId: string;
  clientSecret: string;
  redirectUris: () => string[];
  afterLogout: string;
}): Promise<OpenIdProvider> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const accounts = new Map<string, Record<string, unknown>>();
  let callback: ReturnType<Provider['callback']> | undefined;
  // The redirect addresses are known only after the connector is registered here, as in life.
  const build = () =>
    new Provider(issuer, {
      clients: [
        {
          client_id: client.clientId,
          client_secret: client.clientSecret,
          redirect_uris: client.redirectUris(),
          post_logout_redirect_uris: [client.afterLogout],
          response_types: ['code'],
          grant_types: ['authorization_code'],
        },
      ],
      pkce: { required: () => true },
      claims: {
        openid: ['sub'],
        profile: ['name', 'employee_number'],
        phone: ['phone_number', 'phone_number_verified'],
      },
      cookies: { keys: ['test'] },
      findAccount: async (_ctx, id) => ({
        accountId: id,
        claims: async () => ({ sub: id, ...accounts.get(id) }),
      }),
    }).callback();
  server.on('request', (request, response) => {
    callback ??= build();
    void callback(request, response);
  });
  const provider: OpenIdProvider = {
    issuer,
    accounts,
    jar: new Map(),
    walk: async (address, user) => {
      provider.jar = new Map();
      return walk(issuer, address, user, provider.jar);
    },
    leave: (address, jar) => leave(issuer, address, jar),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return provider;
}

async function request(
  address: string,
  jar: Map<string, string>,
  form?: Record<string, string>,
): Promise<Response> {
  const response = await fetch(address, {
    redirect: 'manual',
    headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
    ...(form && { method: 'POST', body: new URLSearchParams(form) }),
  });
  for (const line of response.headers.getSetCookie()) {
    const [name, value] = line.split(';')[0]!.split('=') as [string, string];
    if (value === '') jar.delete(name);
    else jar.set(name, value);
  }
  return response;
}

async function walk(issuer: string, start: string, user: string, jar: Map<string, string>): Promise<string> {
  let address = start;
  for (let step = 0; step < 12; step += 1) {
    if (!address.startsWith(issuer)) return address;
    const response = await request(address, jar);
    const next = response.headers.get('location');
    if (next) {
      address = new URL(next, address).href;
      continue;
    }
    const page = await response.text();
    const action = /action="([^"]+)"/.exec(page)?.[1];
    if (!action)
      throw new Error(
        `no form at ${address}: ${page.replace(/<style>[\s\S]*<\/style>|<[^>]+>/g, '').replace(/\s+/g, ' ')}`,
      );
    const isLogin = page.includes('name="login"');
    const form = isLogin ? { prompt: 'login', login: user, password: 'any' } : { prompt: 'consent' };
    const sent = await request(
      new URL(action.replaceAll('&amp;', '&'), address).href,
      jar,
      form as Record<string, string>,
    );
    address = new URL(sent.headers.get('location')!, address).href;
  }
  throw new Error('the login pages have no end');
}

async function leave(_issuer: string, address: string, jar: Map<string, string>): Promise<string> {
  const page = await (await request(address, jar)).text();
  const action = /action="([^"]+)"/.exec(page)?.[1]?.replaceAll('&amp;', '&');
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)?.[1];
  if (!action || !xsrf) throw new Error(`no logout form: ${page.slice(0, 300)}`);
  const sent = await request(action, jar, { xsrf, logout: 'yes' });
  return sent.headers.get('location') ?? '';
}
