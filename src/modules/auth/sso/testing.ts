/** A small city whose people sign in through other systems, and a browser to do it with. */
import type { FastifyInstance } from 'fastify';
import type { Module } from '#base/app';
import { buildServer } from '#base/http';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { audit } from '../../audit/module.ts';
import { units } from '../../units/module.ts';
import { authenticate } from '../authenticate.ts';
import { setupToken } from '../local-credential.ts';
import { auth } from '../module.ts';

export const publicUrl = 'http://jiaodun.example';

/** A browser of one person: keeps cookies by path, follows nothing by itself. */
export class TestBrowser {
  readonly cookies = new Map<string, string>();
  #server: FastifyInstance;

  constructor(server: FastifyInstance) {
    this.#server = server;
  }

  async get(
    address: string,
  ): Promise<{ status: number; location: string; body: string; setCookie: string[] }> {
    return this.#send('GET', address);
  }

  // biome-ignore lint/suspicious/noExplicitAny: a test looks into replies of every shape
  async post(address: string, body: unknown): Promise<{ status: number; body: any }> {
    const { status, body: text } = await this.#send('POST', address, body);
    return { status, body: text === '' ? undefined : JSON.parse(text) };
  }

  /** Who is signed in here; null: nobody. */
  async user(): Promise<string | null> {
    const { body } = await this.get('/api/session');
    return (JSON.parse(body) as { user: { username: string } | null }).user?.username ?? null;
  }

  use(who: SignedIn): this {
    const [name, value] = who.cookie.split('=') as [string, string];
    this.cookies.set(name, value);
    return this;
  }

  async #send(method: 'GET' | 'POST', address: string, payload?: unknown) {
    const url = address.startsWith(publicUrl) ? address.slice(publicUrl.length) : address;
    const reply = await this.#server.inject({
      method,
      url,
      headers: {
        'x-requested-with': 'test',
        cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      },
      ...(payload !== undefined && { payload: payload as object }),
    });
    for (const { name, value, maxAge, expires } of reply.cookies) {
      const isGone = value === '' || maxAge === 0 || (expires && expires.getTime() === 0);
      if (isGone) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return {
      status: reply.statusCode,
      location: String(reply.headers.location ?? ''),
      body: reply.payload,
      setCookie: [reply.headers['set-cookie'] ?? []].flat(),
    };
  }
}

export interface SsoCity {
  readonly app: TestApp;
  readonly server: FastifyInstance;
  readonly people: Record<string, SignedIn>;
  browser(): TestBrowser;
  as(
    username: string,
    method: 'GET' | 'POST' | 'DELETE',
    url: string,
    body?: unknown,
  ): ReturnType<typeof call>;
  /** Proposed by the system administrator, approved by the security administrator. Returns the id. */
  connect(input: object): Promise<string>;
  /** Registers a person of the unit and makes the account theirs. */
  givePerson(username: string, personNo: string, phone: string): Promise<void>;
  /** The code of the result page at which the browser arrives, after `start` and the other system's answer. */
  codeOf(location: string): string | null;
  actions(): Promise<string[]>;
  close(): Promise<void>;
}

export async function ssoCity(
  of: { modules?: readonly Module[]; publicUrl?: string } = {},
): Promise<SsoCity> {
  const config = { publicUrl: of.publicUrl ?? publicUrl, secondFactor: 'offered' };
  const app = await testApp(of.modules ?? [audit, units, auth], { config });
  const server = buildServer(app, authenticate);
  const people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city-officer', unitCode: 'city', role: 'city_officer' },
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'east-teacher', unitCode: 'east-1', role: 'school_teacher' },
    { username: 'west-officer', unitCode: 'west', role: 'county_officer' },
  ]);
  const as: SsoCity['as'] = (username, method, url, body) =>
    call(server, people[username]!, method, url, body);
  return {
    app,
    server,
    people,
    as,
    browser: () => new TestBrowser(server),
    connect: async (input) => {
      const made = await as('sysadmin', 'POST', '/api/sso/connectors', input);
      if (made.status !== 200) throw new Error(`not proposed: ${JSON.stringify(made.body)}`);
      const { id, proposed } = made.body;
      const decision = { versionId: proposed.id, approve: true };
      const done = await as('secadmin', 'POST', `/api/sso/connectors/${id}/decision`, decision);
      if (done.status !== 200) throw new Error(`not approved: ${JSON.stringify(done.body)}`);
      return id;
    },
    givePerson: async (username, personNo, phone) => {
      await app.ownerPool.query(
        `WITH p AS (INSERT INTO units.person (person_no, name, unit_id, unit_path, phone)
           SELECT $2, a.name, a.unit_id, a.unit_path, $3 FROM auth.account a WHERE a.username = $1
           RETURNING id)
         UPDATE auth.account SET person_id = (SELECT id FROM p) WHERE username = $1`,
        [username, personNo, phone],
      );
    },
    codeOf: (location) => new URL(location, publicUrl).searchParams.get('code'),
    actions: async () => {
      const { rows } = await app.ownerPool.query<{ action: string }>(
        'SELECT action FROM audit.entry ORDER BY id',
      );
      return rows.map(({ action }) => action);
    },
    close: async () => {
      await server.close();
      await app.close();
    },
  };
}
