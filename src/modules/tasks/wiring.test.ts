/** Tasks that come from elsewhere, and go when it is settled there. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { systemActor } from '#base/app';
import { buildServer } from '#base/http';
import { newId } from '#base/id';
import { drain } from '#base/jobs';
import { call, type SignedIn, signIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { certificateDue, postExceptionExpired, postLeft, postTaken, unitClosed } from '#units/contract';
import { audit } from '../audit/module.ts';
import { auth } from '../auth/module.ts';
import { closeMissing, recordFindings } from '../findings/index.ts';
import { findings } from '../findings/module.ts';
import { notify } from '../notify/module.ts';
import { units } from '../units/module.ts';
import { officeOver } from './index.ts';
import { tasks } from './module.ts';
import { dueTasks } from './store/reminders.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;
let unitIds: Record<string, string>;
const system = systemActor('test');

beforeAll(async () => {
  app = await testApp([audit, units, auth, notify, tasks, findings]);
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city-officer', unitCode: 'city', role: 'city_officer' },
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'teacher', unitCode: 'east-1', role: 'school_teacher' },
    { username: 'other-school', unitCode: 'east-2', role: 'school_teacher' },
  ]);
  const list = await call(server, people['city-officer']!, 'GET', '/api/units?pageSize=100');
  unitIds = Object.fromEntries(
    list.body.items.map((one: { code: string; id: string }) => [one.code, one.id]),
  );
  await drain(app);
});
afterAll(async () => {
  await server.close();
  await app.close();
});

interface Listed {
  id: string;
  kind: string;
  title: string;
  state: string;
  dueAt: string;
  minutes: number;
}
const mine = async (who: string): Promise<Listed[]> =>
  (await call(server, people[who]!, 'GET', '/api/tasks?pageSize=500')).body.items;
const kinds = async (who: string) => (await mine(who)).map((task) => task.kind).sort();

async function emit(work: Parameters<typeof app.run>[1]): Promise<void> {
  await app.run(system, work as never);
  await drain(app);
}

describe('a finding', () => {
  const siteId = newId();
  const fault = {
    kind: 'word',
    rule: 'gambling',
    severity: 'high' as 'high' | 'low' | 'critical' | 'info',
    url: 'http://www.east-1.example/',
    part: null,
    start: 1,
    end: 3,
    text: '博彩',
    context: '在线博彩',
    view: 'text',
    href: null,
  };
  const see = (faults: (typeof fault)[]) =>
    app.run(system, (ctx) =>
      recordFindings(ctx, {
        unitId: unitIds['east-1']!,
        unitPath: 'city.east.east-1',
        siteId,
        siteName: '示例站',
        checkId: newId(),
        seen: faults,
      }),
    );

  it('is one task a website, however many there are, until nothing is left to mend; and comes back', async () => {
    await see([fault, { ...fault, text: '彩票' }, { ...fault, text: '赌场' }]);
    const [task] = await mine('teacher');
    expect(task).toMatchObject({ kind: 'findings.fix', title: '整改“示例站”上发现的问题', state: 'open' });
    expect(await mine('other-school')).toEqual([]);
    await app.run(system, (ctx) =>
      closeMissing(ctx, { siteId, checkedUrls: [fault.url], kinds: ['word'], checkId: newId() }),
    );
    expect(await mine('teacher')).toEqual([]);
    await see([fault]);
    const [again] = await mine('teacher');
    expect(again?.id).toBe(task!.id);
    const detail = await call(server, people.teacher!, 'GET', `/api/tasks/${task!.id}`);
    expect(detail.body.history.map((one: { act: string }) => one.act)).toEqual(['raise', 'settle', 'again']);
  });

  it('brings its task forward when a graver one comes, with reminders by the new date, and never puts it off', async () => {
    const site = newId();
    const given = {
      unitId: unitIds['east-2']!,
      unitPath: 'city.east.east-2',
      siteId: site,
      siteName: '另一示例站',
    };
    const raise = (severity: 'low' | 'critical' | 'info', text: string) =>
      app.run(system, (ctx) =>
        recordFindings(ctx, { ...given, checkId: newId(), seen: [{ ...fault, severity, text }] }),
      );
    const current = async () => (await mine('other-school')).find((one) => one.kind === 'findings.fix')!;
    await raise('low', '轻');
    const late = await current();
    await app.advance(60_000);
    const now = app.clock.now().getTime();
    await raise('critical', '重');
    const sooner = await current();
    expect([sooner.id, sooner.minutes]).toEqual([late.id, 20]);
    expect(Math.round((Date.parse(late.dueAt) - now) / 86_400_000)).toBe(15);
    expect(Math.round((Date.parse(sooner.dueAt) - now) / 86_400_000)).toBe(1);
    const soon = await app.run(system, (ctx) => dueTasks(ctx, new Date(now + 2 * 86_400_000)));
    expect(soon.map((one) => one.id)).toContain(late.id);
    await app.advance(60_000);
    await raise('info', '更轻');
    expect(await current()).toMatchObject({ dueAt: sooner.dueAt, minutes: 30 });
    const { history } = (await call(server, people['other-school']!, 'GET', `/api/tasks/${late.id}`)).body;
    expect(history.map((one: { act: string }) => one.act)).toEqual(['raise', 'renew']);
    expect(history[1].text).toMatch(/^期限由 \d{4}-\d\d-\d\d 提前到 /);
    const audited = await app.ownerPool.query(
      `SELECT count(*)::int AS n FROM audit.entry WHERE action = 'tasks.renew' AND subject = $1`,
      [`task:${late.id}`],
    );
    expect(audited.rows).toEqual([{ n: 1 }]);
    await app.run(system, (ctx) =>
      closeMissing(ctx, { siteId: site, checkedUrls: [fault.url], kinds: ['word'], checkId: newId() }),
    );
  });

  it('that the school reported as fixed is nobody’s to do until the machine looked', async () => {
    const found = await call(server, people.teacher!, 'GET', `/api/findings?siteId=${siteId}&state=open`);
    for (const { id } of found.body.items) {
      expect((await call(server, people.teacher!, 'POST', `/api/findings/${id}/fixed`, {})).status).toBe(200);
    }
    expect(await mine('teacher')).toEqual([]);
    await see([fault]);
    expect(await kinds('teacher')).toEqual(['findings.fix']);
  });
});

describe('people and posts', () => {
  const left = (post: 'network_admin' | 'leader', endsOn = '2026-06-01') => ({
    appointmentId: newId(),
    personId: newId(),
    personName: '张示例',
    unitId: unitIds['east-2']!,
    post,
    endsOn,
  });

  it('a post that nobody holds any more asks for a successor within seven days, until one is named', async () => {
    const event = left('network_admin');
    await emit((ctx) => ctx.emit(postLeft, event, 'city.east.east-2'));
    const [task] = await mine('other-school');
    expect(task).toMatchObject({ kind: 'units.successor', dueAt: '2026-06-08T16:00:00.000Z' });
    expect(task!.title).toContain('网络管理员');
    const taken = {
      appointmentId: newId(),
      personId: newId(),
      unitId: unitIds['east-2']!,
      post: 'network_admin' as const,
    };
    await emit((ctx) => ctx.emit(postTaken, taken, 'city.east.east-2'));
    expect(await mine('other-school')).toEqual([]);
  });

  it('a certificate and an ended exception are on the list, each once', async () => {
    const certificate = {
      certificateId: newId(),
      personId: newId(),
      unitId: unitIds['east-2']!,
      expiresOn: '2026-08-30',
    };
    for (const days of [90, 30]) {
      await emit((ctx) => ctx.emit(certificateDue, { ...certificate, days }, 'city.east.east-2'));
    }
    const exception = {
      exceptionId: newId(),
      personId: newId(),
      unitId: unitIds['east-2']!,
      expiresOn: '2026-05-31',
    };
    await emit((ctx) => ctx.emit(postExceptionExpired, exception, 'city.east.east-2'));
    expect(await kinds('other-school')).toEqual(['units.certificate', 'units.exception']);
  });

  it('the tasks of a merged unit go to the unit that took it over', async () => {
    const before = await mine('other-school');
    const closed = { unitId: unitIds['east-2']!, unitPath: 'city.east.east-2', intoId: unitIds['east-1']! };
    await emit((ctx) => ctx.emit(unitClosed, closed, 'city.east.east-2'));
    expect(await mine('other-school')).toEqual([]);
    expect((await mine('teacher')).map((task) => task.id)).toEqual(
      expect.arrayContaining(before.map((task) => task.id)),
    );
    const gone = { unitId: unitIds['east-1']!, unitPath: 'city.east.east-1', intoId: null };
    await emit((ctx) => ctx.emit(unitClosed, gone, 'city.east.east-1'));
    expect(await mine('teacher')).toEqual([]);
  });
});

describe('a proposed role', () => {
  it('is on the list of the security administrator until it is decided, and never on the proposer’s', async () => {
    const account = await call(server, people.sysadmin!, 'GET', '/api/accounts?q=teacher');
    const grant = await call(server, people.sysadmin!, 'POST', '/api/role-grants', {
      accountId: account.body.items[0].id,
      role: 'leader',
    });
    await drain(app);
    expect(await kinds('secadmin')).toContain('auth.role');
    expect(await kinds('sysadmin')).not.toContain('auth.role');
    people.secadmin = await signIn(server, 'secadmin');
    const url = `/api/role-grants/${grant.body.id}/decision`;
    expect((await call(server, people.secadmin, 'POST', url, { approve: true })).status).toBe(200);
    await drain(app);
    expect(await kinds('secadmin')).not.toContain('auth.role');
  });
});

describe('the office that decides', () => {
  it('is the nearest bureau in which another person than the proposer can', async () => {
    const office = (notBy?: string) =>
      app.run(system, (ctx) => officeOver(ctx, 'city.east.east-1', notBy ? { notBy } : {}));
    expect(await office()).toMatchObject({ unitPath: 'city.east', role: 'county_officer' });
    // The only officer of the county is the proposer: the city decides.
    expect(await office(people['east-officer']!.id)).toMatchObject({
      unitPath: 'city',
      role: 'city_officer',
    });
  });
});
