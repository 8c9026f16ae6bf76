/** A small city for tests: one bureau, two counties, two schools each; and ways to sign people in. */
import type { FastifyInstance } from 'fastify';
import type { RoleName } from '#auth/contract';
import { type App, type Ctx, systemActor } from '#base/app';
import { registerUnit } from '#units';

export const smallCity = [
  { code: 'city', name: '示例市教育局', kind: 'city' as const },
  { code: 'east', name: '东示县教育局', kind: 'county' as const, parentCode: 'city' },
  { code: 'west', name: '西示县教育局', kind: 'county' as const, parentCode: 'city' },
  { code: 'east-1', name: '东示县第一小学', kind: 'school' as const, parentCode: 'east' },
  { code: 'east-2', name: '东示县第二小学', kind: 'school' as const, parentCode: 'east' },
  { code: 'west-1', name: '西示县第一小学', kind: 'school' as const, parentCode: 'west' },
  { code: 'west-2', name: '西示县第二小学', kind: 'school' as const, parentCode: 'west' },
];

/** Registers the small city. Returns each unit's id by its code. */
export async function buildCity(app: App): Promise<Record<string, string>> {
  return app.run(systemActor('test'), async (ctx: Ctx) => {
    const ids: Record<string, string> = {};
    for (const unit of smallCity) ids[unit.code] = await registerUnit(ctx, unit);
    return ids;
  });
}

export const testPassword = 'Demo-Pass-2026';

export interface SignedIn {
  readonly cookie: string;
  readonly id: string;
}

/** Signs in through the front door. */
export async function signIn(
  server: FastifyInstance,
  username: string,
  password = testPassword,
): Promise<SignedIn> {
  const reply = await server.inject({
    method: 'POST',
    url: '/api/session',
    headers: { 'x-requested-with': 'test' },
    payload: { username, password },
  });
  if (reply.statusCode !== 200) throw new Error(`sign-in of ${username} failed: ${reply.body}`);
  const cookie = String(reply.headers['set-cookie']).split(';')[0]!;
  return { cookie, id: (reply.json() as { user: { id: string } }).user.id };
}

/** One call as a signed-in user (or as nobody). Returns status and parsed body. */
export async function call(
  server: FastifyInstance,
  who: SignedIn | null,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  url: string,
  body?: unknown,
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into replies of every shape
): Promise<{ status: number; body: any }> {
  const stream = Buffer.isBuffer(body);
  const reply = await server.inject({
    method,
    url,
    headers: {
      'x-requested-with': 'test',
      ...(who && { cookie: who.cookie }),
      ...(stream && { 'content-type': 'application/octet-stream' }),
    },
    ...(body !== undefined && { payload: body as object }),
  });
  const json = String(reply.headers['content-type']).includes('json');
  return { status: reply.statusCode, body: json ? reply.json() : reply.rawPayload };
}

/** The first set-up and one account per wanted role, all through the API. Password: `testPassword`. */
export async function staffCity(
  server: FastifyInstance,
  token: string,
  people: readonly { username: string; unitCode: string; role: RoleName }[],
): Promise<Record<string, SignedIn>> {
  const administrator = (username: string, name: string) => ({
    username,
    name,
    password: testPassword,
    mustChangePassword: false,
  });
  const done = await call(server, null, 'POST', '/api/setup', {
    token,
    city: { code: 'city', name: '示例市教育局' },
    systemAdmin: administrator('sysadmin', '系统甲'),
    securityAdmin: administrator('secadmin', '安全乙'),
    auditAdmin: administrator('auditadmin', '审计丙'),
  });
  if (done.status !== 204) throw new Error(`set-up failed: ${JSON.stringify(done.body)}`);
  const system = await signIn(server, 'sysadmin');
  const security = await signIn(server, 'secadmin');
  const signedIn: Record<string, SignedIn> = {
    sysadmin: system,
    secadmin: security,
    auditadmin: await signIn(server, 'auditadmin'),
  };
  for (const unit of smallCity.slice(1)) await call(server, system, 'POST', '/api/units', unit);
  for (const { username, unitCode, role } of people) {
    const account = await call(server, system, 'POST', '/api/accounts', {
      username,
      name: `人员${username}`,
      unitCode,
      password: testPassword,
      mustChangePassword: false,
    });
    const grant = await call(server, system, 'POST', '/api/role-grants', {
      accountId: account.body.id,
      role,
    });
    await call(server, security, 'POST', `/api/role-grants/${grant.body.id}/decision`, { approve: true });
    signedIn[username] = await signIn(server, username);
  }
  return signedIn;
}
