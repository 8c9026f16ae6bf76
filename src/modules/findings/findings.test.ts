import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemActor } from '#base/app';
import { buildServer } from '#base/http';
import { newId } from '#base/id';
import { call, type SignedIn, signIn, staffCity } from '#test/city';
import { actorAt, type TestApp, testApp } from '#test/db';
import { audit } from '../audit/module.ts';
import { authenticate, setupToken } from '../auth/index.ts';
import { auth } from '../auth/module.ts';
import { tasks } from '../tasks/module.ts';
import { units } from '../units/module.ts';
import { closeMissing, countOpen, recordFindings, type SeenFault } from './index.ts';
import { findings } from './module.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;
let unitId = '';
let siteId = '';
const machine = systemActor('watch.check');

beforeAll(async () => {
  app = await testApp([audit, units, auth, tasks, findings]);
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city-officer', unitCode: 'city', role: 'city_officer' },
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'west-officer', unitCode: 'west', role: 'county_officer' },
    { username: 'east-teacher', unitCode: 'east-1', role: 'school_teacher' },
  ]);
  const { rows } = await app.ownerPool.query(`SELECT id FROM units.unit WHERE code = 'east-1'`);
  unitId = rows[0].id;
});
beforeEach(() => {
  siteId = newId();
});
afterAll(async () => {
  await server.close();
  await app.close();
});

const home = 'http://www.east-1.example/';
const fault = (more: Partial<SeenFault> = {}): SeenFault => ({
  kind: 'link',
  rule: 'hidden_link',
  severity: 'critical',
  url: home,
  part: null,
  start: 10,
  end: 20,
  text: '幸运博彩',
  context: '…幸运博彩…',
  view: 'html',
  href: 'http://www.lucky-bet.example/',
  ...more,
});

/** One check of the home page (and more): records what it saw, closes what it did not. */
async function check(seen: readonly SeenFault[], pages: readonly string[] = [home], kinds = ['link']) {
  await app.advance(60_000);
  const checkId = newId();
  return app.run(machine, async (ctx) => {
    const place = { unitId, unitPath: 'city.east.east-1', siteId, siteName: '一小' };
    const recorded = await recordFindings(ctx, { ...place, checkId, seen });
    const closed = await closeMissing(ctx, { siteId, checkedUrls: pages, kinds, checkId });
    return { ...recorded, closed, open: await countOpen(ctx, siteId) };
  });
}
const get = async (id: string) =>
  (await call(server, people['east-teacher']!, 'GET', `/api/findings/${id}`)).body;
const post = (who: string, id: string, act: string, body: object = {}) =>
  call(server, people[who]!, 'POST', `/api/findings/${id}/${act}`, body);

describe('the list of findings', () => {
  it('can be narrowed to the path of a declared column of a website', async () => {
    const paths = [
      'news/1.html',
      'news',
      'newsletter/2.html',
      'list1',
      'list10',
      '%E5%85%AC%E5%91%8A/1.html',
    ];
    const urls = paths.map((path) => home + path);
    await check(
      urls.map((url) => fault({ url })),
      urls,
    );
    const below = async (prefix: string) => {
      const query = `siteId=${siteId}&pathPrefix=${encodeURIComponent(prefix)}`;
      const { body } = await call(server, people['east-teacher']!, 'GET', `/api/findings?${query}`);
      return body.items.map((one: { url: string }) => one.url.slice(home.length)).sort();
    };
    expect(await below('/news/')).toEqual(['news', 'news/1.html']);
    expect(await below('/list1')).toEqual(['list1']);
    expect(await below('/公告/')).toEqual(['%E5%85%AC%E5%91%8A/1.html']);
    const alone = await call(server, people['east-teacher']!, 'GET', '/api/findings?pathPrefix=/news/');
    expect([alone.status, alone.body.code]).toEqual([400, 'findings.path_without_site']);
  });
});

describe('a fault that a check sees', () => {
  it('is one finding however often it is seen and wherever in the page it moves', async () => {
    const first = await check([fault(), fault({ start: 90, end: 100 })]);
    expect(first.opened).toHaveLength(1);
    const second = await check([fault({ start: 55, end: 65, url: `${home}#top` })]);
    expect(second).toMatchObject({ opened: [], stillOpen: first.opened, open: 1 });
    expect(await get(first.opened[0]!)).toMatchObject({ timesSeen: 2, start: 55, state: 'open' });
  });

  it('is another finding on another page, by another rule or with another target', async () => {
    const seen = [
      fault(),
      fault({ url: `${home}a` }),
      fault({ rule: 'other' }),
      fault({ href: null }),
      fault({ href: 'http://x.example/' }),
    ];
    expect((await check(seen)).opened).toHaveLength(5);
  });

  it('may hold any text, even one that a database cannot store', async () => {
    const { opened } = await check([fault({ text: `a\u0000b\ud800${'长'.repeat(5000)}`, href: null })]);
    const stored = await get(opened[0]!);
    expect(stored.text).toHaveLength(2000);
    expect(stored.text.startsWith('a\ufffdb\ufffd')).toBe(true);
  });
});

describe('a finding closes', () => {
  it('when a check read the page and saw it no more, and reopens with its history when it is back', async () => {
    const { opened } = await check([fault()]);
    const id = opened[0]!;
    expect((await check([], [])).closed).toEqual([]);
    expect((await check([], [`${home}other`])).closed).toEqual([]);
    expect((await check([])).closed).toEqual([id]);
    expect(await get(id)).toMatchObject({ state: 'closed' });
    expect((await check([fault()])).reopened).toEqual([id]);
    expect(await get(id)).toMatchObject({ state: 'open', closedAt: null, timesSeen: 2 });
    const { rows } = await app.ownerPool.query(
      'SELECT before, after FROM findings.change WHERE finding_id = $1 ORDER BY id',
      [id],
    );
    expect(rows.map((row) => [row.before, row.after])).toEqual([
      [null, 'open'],
      ['open', 'closed'],
      ['closed', 'open'],
    ]);
  });

  it('not when the check looks for other things than what was found there', async () => {
    const [id] = (await check([fault({ text: '过期证书', kind: 'tls' })])).opened;
    const count = (kinds: string[]) => app.run(machine, (ctx) => countOpen(ctx, siteId, kinds));
    expect([await count(['tls']), await count([])]).toEqual([1, 0]);
    expect((await check([])).closed).not.toContain(id);
    expect((await check([], [home], ['tls'])).closed).toEqual([id]);
  });

  it('by no person: neither through the functions nor in the database', async () => {
    const { opened } = await check([fault()]);
    const person = actorAt('city.east', ['findings.judge']);
    await expect(
      app.run(person, (ctx) =>
        closeMissing(ctx, { siteId, checkedUrls: [home], kinds: ['link'], checkId: newId() }),
      ),
    ).rejects.toThrow(/only the machine/);
    await expect(
      app.ownerPool.query(
        `UPDATE findings.finding SET state = 'closed', closed_at = now(), closed_by = $2 WHERE id = $1`,
        [opened[0], person.id],
      ),
    ).rejects.toThrow(/closed_by_machine/);
  });
});

describe('people', () => {
  it('report it fixed, which asks for another look and closes nothing', async () => {
    const { opened } = await check([fault()]);
    const id = opened[0]!;
    const fixed = await post('east-teacher', id, 'fixed', { note: '已删除' });
    expect(fixed.body).toMatchObject({ state: 'fixed' });
    expect((await post('east-teacher', id, 'fixed')).body).toMatchObject({
      code: 'findings.not_open',
      message: { zh: '这个问题已是“待复测”状态', en: 'This finding is already reported as fixed' },
    });
    const { rows } = await app.ownerPool.query(
      `SELECT payload FROM base.event WHERE name = 'findings.fix_reported' AND payload->>'findingId' = $1`,
      [id],
    );
    expect(rows[0].payload.siteId).toBe(siteId);
    expect((await check([fault()])).reopened).toEqual([id]);
    await post('east-teacher', id, 'fixed');
    expect((await check([])).closed).toEqual([id]);
  });

  it('report many at once; what cannot be reported is told, and stops nothing', async () => {
    const { opened } = await check([fault({ rule: 'many1' }), fault({ rule: 'many2' })]);
    const many = (who: string, body: object) =>
      call(server, people[who]!, 'POST', '/api/fixed-findings', body);
    expect((await many('west-officer', { findingIds: opened })).body).toMatchObject({
      done: 0,
      refused: [{ code: 'base.not_found' }, { code: 'base.not_found' }],
    });
    await post('east-teacher', opened[0]!, 'fixed');
    const done = await many('east-teacher', { findingIds: [...opened, opened[1]], note: '整页已删除' });
    expect(done.body).toMatchObject({
      done: 1,
      refused: [{ findingId: opened[0], code: 'findings.not_open' }],
    });
    expect(await get(opened[1]!)).toMatchObject({ state: 'fixed' });
    const history = await call(server, people['east-teacher']!, 'GET', `/api/findings/${opened[1]}/history`);
    expect(history.body.items.at(-1)).toMatchObject({ after: 'fixed', note: '整页已删除' });
    expect((await many('east-teacher', { findingIds: [] })).status).toBe(400);
  });

  it('of another county see and do nothing', async () => {
    const { opened } = await check([fault()]);
    const list = await call(server, people['west-officer']!, 'GET', '/api/findings');
    expect(list.body).toMatchObject({ items: [], total: 0 });
    expect((await post('west-officer', opened[0]!, 'fixed')).status).toBe(404);
  });

  it('find the worst and newest first, and can filter and search', async () => {
    await check([
      fault({ severity: 'low', text: '低', href: null }),
      fault({ severity: 'high', text: '高_x', href: null }),
    ]);
    const list = await call(server, people['east-teacher']!, 'GET', `/api/findings?siteId=${siteId}`);
    expect(list.body.items.map((one: { severity: string }) => one.severity)).toEqual(['high', 'low']);
    const found = await call(server, people['east-teacher']!, 'GET', `/api/findings?siteId=${siteId}&q=_x`);
    expect(found.body.total).toBe(1);
  });
});

/** Sessions do not last so long: everybody signs in again. */
async function passDays(days: number) {
  await app.advance(days * 86_400_000);
  for (const name of ['city-officer', 'east-officer', 'west-officer', 'east-teacher'])
    people[name] = await signIn(server, name);
}

const propose = async (who: string, id: string, body: object) => post(who, id, 'false-alarm', body);
const decide = (who: string, id: string, body: object) =>
  call(server, people[who]!, 'POST', `/api/suppressions/${id}/decision`, body);
const reason = '这是校园公告，不是广告';

describe('a false alarm', () => {
  it('leaves the finding open until another person agrees, then is ignored and counted', async () => {
    const [id = ''] = (await check([fault()])).opened;
    const proposed = await propose('east-teacher', id, { reason });
    expect(proposed.body).toMatchObject({ state: 'proposed', scope: 'finding', mayDecide: false });
    expect(await get(id)).toMatchObject({ state: 'open', suppressions: [{ id: proposed.body.id }] });
    expect((await propose('east-officer', id, { reason })).body.code).toBe('findings.already_proposed');
    expect((await decide('east-teacher', proposed.body.id, { approve: true })).status).toBe(403);
    const agreed = await decide('east-officer', proposed.body.id, { approve: true });
    expect(agreed.body).toMatchObject({ state: 'approved', findings: 1, decidedBy: '人员east-officer' });
    expect(await get(id)).toMatchObject({ state: 'false_alarm' });
    expect(await check([fault()])).toMatchObject({ falseAlarms: [id], reopened: [], open: 0 });
    expect(await get(id)).toMatchObject({ state: 'false_alarm', timesSuppressed: 1 });
    const counts = await call(
      server,
      people['east-teacher']!,
      'GET',
      `/api/suppressed-counts?siteId=${siteId}`,
    );
    expect(counts.body.items).toMatchObject([{ siteId, rule: 'hidden_link', findings: 1, times: 1 }]);
    const history = await call(server, people['east-teacher']!, 'GET', `/api/findings/${id}/history`);
    expect(history.body.items.map((one: { act: string; after: string }) => [one.act, one.after])).toEqual([
      ['state', 'open'],
      ['proposed', 'open'],
      ['state', 'false_alarm'],
    ]);
  });

  it('is decided neither by who proposed it nor by who reported the finding as fixed', async () => {
    const [own = '', fixed = ''] = (await check([fault(), fault({ rule: 'second' })])).opened;
    const mine = await propose('east-officer', own, { reason });
    expect((await decide('east-officer', mine.body.id, { approve: true })).body.code).toBe(
      'findings.own_proposal',
    );
    await expect(
      app.ownerPool.query(
        `UPDATE findings.suppression SET state = 'approved', decided_by = proposed_by, decided_at = now() WHERE id = $1`,
        [mine.body.id],
      ),
    ).rejects.toThrow(/two_people/);
    await expect(
      app.ownerPool.query(
        `UPDATE findings.finding SET state = 'false_alarm', suppression_id = $2, judged_by = 'x' WHERE id = $1`,
        [own, mine.body.id],
      ),
    ).rejects.toThrow(/four_eyes/);
    await post('east-officer', fixed, 'fixed');
    expect((await propose('east-officer', fixed, { reason })).body.code).toBe('findings.own_fix');
    const other = await propose('east-teacher', fixed, { reason });
    expect((await decide('east-officer', other.body.id, { approve: true })).body.code).toBe(
      'findings.own_fix',
    );
    expect((await decide('city-officer', other.body.id, { approve: true })).status).toBe(200);
  });

  it('covers what its scope says and nothing more', async () => {
    const seen = [
      fault({ text: '甲', href: null }),
      fault({ text: '甲', href: null, url: `${home}two` }),
      fault({ text: '乙', href: null }),
    ];
    const cover = async (scope: string, who = 'east-officer') => {
      siteId = newId();
      const [id = ''] = (await check(seen)).opened;
      const one = await propose(who, id, { scope, reason });
      expect((await decide('city-officer', one.body.id, { approve: true })).status).toBe(200);
      const { falseAlarms } = await check(seen);
      return falseAlarms.length;
    };
    expect(await cover('finding')).toBe(1);
    expect(await cover('page_text')).toBe(1);
    expect(await cover('site_rule')).toBe(3);
    // Everywhere below the county: also on another site, and at the first sight.
    expect(await cover('term')).toBe(2);
    siteId = newId();
    expect(await check(seen)).toMatchObject({ opened: [expect.any(String)], open: 1 });
  });

  it('ends on its day, or when it is taken back: the next sight opens the finding', async () => {
    const only = fault({ text: '限期', href: null });
    const [id = ''] = (await check([only])).opened;
    const one = await propose('east-teacher', id, { reason, expiresOn: '2026-06-20' });
    await decide('east-officer', one.body.id, { approve: true });
    expect(await check([only])).toMatchObject({ falseAlarms: [id] });
    await passDays(30);
    expect(await check([only])).toMatchObject({ reopened: [id], falseAlarms: [], open: 1 });
    const again = await propose('east-teacher', id, { reason });
    await decide('east-officer', again.body.id, { approve: true });
    const back = await call(
      server,
      people['east-teacher']!,
      'POST',
      `/api/suppressions/${again.body.id}/withdrawal`,
      {
        reason: '看错了',
      },
    );
    expect(back.body).toMatchObject({ state: 'withdrawn' });
    expect(await check([only])).toMatchObject({ reopened: [id] });
  });

  it('lasts two years at most, and is refused with a reason', async () => {
    const [id = ''] = (await check([fault({ rule: 'span' })])).opened;
    for (const expiresOn of ['2030-01-01', '2026-01-01'])
      expect((await propose('east-teacher', id, { reason, expiresOn })).body.code).toBe(
        'findings.bad_expiry',
      );
    const one = await propose('east-teacher', id, { reason });
    expect((await decide('east-officer', one.body.id, { approve: false })).body.code).toBe(
      'findings.reason_needed',
    );
    expect((await decide('west-officer', one.body.id, { approve: true })).status).toBe(404);
    const no = await decide('east-officer', one.body.id, { approve: false, note: '链接指向赌博网站' });
    expect(no.body).toMatchObject({ state: 'refused', decisionNote: '链接指向赌博网站' });
    expect(await get(id)).toMatchObject({ state: 'open' });
  });

  it('is proposed for many at once; what cannot be is told', async () => {
    const { opened } = await check([fault({ rule: 'm1' }), fault({ rule: 'm2' })]);
    await post('east-teacher', opened[0]!, 'fixed');
    const many = await call(server, people['east-teacher']!, 'POST', '/api/false-alarms', {
      findingIds: opened,
      reason,
    });
    expect(many.body).toMatchObject({
      done: 1,
      refused: [{ findingId: opened[0], code: 'findings.own_fix' }],
    });
  });
});

describe('an order', () => {
  const order = (who: string, body: object) =>
    call(server, people[who]!, 'POST', '/api/rectifications', { words: '请立即删除并排查', ...body });

  it('is one for each site, due by the gravest finding, and settles when the machine sees nothing', async () => {
    const { opened } = await check([fault(), fault({ rule: 'mild', severity: 'low' })]);
    expect((await order('east-teacher', { findingIds: opened })).status).toBe(403);
    const done = await order('east-officer', { findingIds: opened });
    expect(done.body.orders).toMatchObject([{ findings: 2, open: 2, siteId, overdue: false }]);
    const [one] = done.body.orders;
    expect(new Date(one.dueAt).getTime() - new Date(one.issuedAt).getTime()).toBe(86_400_000);
    expect((await order('east-officer', { findingIds: opened })).body.code).toBe('findings.nothing_to_order');
    const { rows } = await app.ownerPool.query(`SELECT state, kind FROM tasks.task WHERE key = $1`, [
      `findings:order:${one.id}`,
    ]);
    expect(rows).toMatchObject([{ state: 'open', kind: 'findings.order' }]);
    await check([]);
    const list = await call(server, people['east-teacher']!, 'GET', `/api/rectifications?siteId=${siteId}`);
    expect(list.body.items).toMatchObject([{ open: 0, settledAt: expect.any(String) }]);
  });

  it('comes back with the count when the machine still sees it, and is overdue after its day', async () => {
    const [id = ''] = (await check([fault({ rule: 'stay' })])).opened;
    await order('east-officer', { findingIds: [id] });
    for (const times of [1, 2]) {
      await post('east-teacher', id, 'fixed', { note: '已删除' });
      expect((await check([fault({ rule: 'stay' })])).reopened).toEqual([id]);
      expect(await get(id)).toMatchObject({ state: 'open', timesReturned: times });
    }
    const overdue = async () =>
      (await call(server, people['east-teacher']!, 'GET', `/api/findings?overdue=true&siteId=${siteId}`)).body
        .total;
    expect(await overdue()).toBe(0);
    await passDays(2);
    expect(await overdue()).toBe(1);
  });

  it('takes its days from figures that the city sets', async () => {
    const days = { critical: 2, high: 3, medium: 7, low: 15, info: 30 };
    const put = (who: string, body: object) => call(server, people[who]!, 'PUT', '/api/fix-days', body);
    expect((await put('east-officer', days)).status).toBe(403);
    expect((await put('city-officer', { ...days, high: 1 })).body.code).toBe('findings.days_order');
    expect((await put('city-officer', days)).body).toMatchObject({
      critical: 2,
      changedBy: '人员city-officer',
    });
    const { opened } = await check([fault({ rule: 'days' })]);
    const [one] = (await order('east-officer', { findingIds: opened })).body.orders;
    expect(new Date(one.dueAt).getTime() - new Date(one.issuedAt).getTime()).toBe(2 * 86_400_000);
  });
});

describe('findings by school', () => {
  it('count what stands, the worst school first, and add up to the list itself', async () => {
    const list = (who: string, query: string) =>
      call(server, people[who]!, 'GET', `/api/findings-by-unit?${query}`).then(({ body }) => body);
    const standing = async (query: string) => {
      const totals = await Promise.all(
        ['open', 'fixed'].map((state) =>
          call(server, people['east-officer']!, 'GET', `/api/findings?state=${state}&pageSize=1&${query}`),
        ),
      );
      return totals.reduce((sum, { body }) => sum + body.total, 0);
    };
    await check([fault({ rule: 'by-school', href: 'http://one.example/', severity: 'high' })]);
    const all = await list('east-officer', '');
    expect(all.items.length).toBeGreaterThan(0);
    const sum = (rows: { standing: number }[]) => rows.reduce((total, row) => total + row.standing, 0);
    expect(sum(all.items)).toBe(await standing(''));
    for (const row of all.items) {
      expect(row.critical + row.high + row.medium + row.low + row.info + row.fixed).toBe(row.standing);
    }
    const [one] = (await list('east-officer', 'rule=by-school')).items;
    expect(one).toMatchObject({ standing: 1, high: 1, fixed: 0, overdue: 0 });
    expect(await standing(`unitId=${one.unitId}&rule=by-school`)).toBe(1);
    expect((await list('east-officer', 'rule=by-school&olderThanDays=1')).items).toEqual([]);
    expect(await standing('rule=by-school&olderThanDays=1')).toBe(0);
    expect((await list('west-officer', 'rule=by-school')).items).toEqual([]);
    expect(
      (await call(server, people['east-officer']!, 'GET', '/api/findings-by-unit?olderThanDays=x')).status,
    ).toBe(400);
  });
});

describe('the precision of a rule', () => {
  it('follows from what people decided, and says when that is little', async () => {
    const { opened } = await check(
      [1, 2, 3].map((n) => fault({ rule: 'precise', href: `http://x${n}.example/` })),
    );
    await post('east-teacher', opened[0]!, 'fixed');
    const one = await propose('east-teacher', opened[1]!, { reason });
    await decide('east-officer', one.body.id, { approve: true });
    const list = await call(server, people['east-officer']!, 'GET', '/api/rule-precision?q=precise');
    expect(list.body.items).toMatchObject([
      { rule: 'precise', seen: 3, open: 2, falseAlarms: 1, decisions: 2, precision: 0.5, few: true },
    ]);
    expect(list.body.items[0].low).toBeLessThan(0.2);
  });
});

describe('many findings', () => {
  it('are searched, counted by site and put in order by an index, behind the row policy, too', async () => {
    const client = await app.ownerPool.connect();
    try {
      await client.query('BEGIN');
      // On an empty table every way costs the same: the others are taken away.
      await client.query('DROP INDEX findings.finding_unit_path_idx');
      await client.query(`SET LOCAL enable_seqscan = off; SET LOCAL ROLE jiaodun_app;
        SET LOCAL jiaodun.scope = 'city'`);
      const plan = async (rest: string) =>
        JSON.stringify(
          (await client.query(`EXPLAIN (FORMAT JSON) SELECT id FROM findings.finding ${rest}`)).rows,
        );
      expect(await plan(`WHERE base.grams(searched) @> base.grams('博彩')`)).toContain('finding_search');
      expect(
        await plan(`WHERE site_id = '${newId()}' AND site_id IS NOT NULL AND state IN ('open', 'fixed')
          ORDER BY severity_rank DESC LIMIT 1`),
      ).toContain('open_by_site');
      expect(await plan('ORDER BY last_seen_at DESC, id DESC LIMIT 20')).toContain(
        'finding_last_seen_at_id_idx',
      );
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  });
});
