/** A thousand schools with fifty open tasks each: asked in one statement, read by index. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Actor, systemActor } from '#base/app';
import { buildCity } from '#test/city';
import { actorAt, type TestApp, testApp } from '#test/db';
import { audit } from '../audit/module.ts';
import { auth } from '../auth/module.ts';
import { notify } from '../notify/module.ts';
import { units } from '../units/module.ts';
import { tasks } from './module.ts';
import { raiseCampaign, withdrawCampaign } from './raise-campaign.ts';
import { listTasks, toDoOf } from './store/lists.ts';
import { progress } from './store/oversight.ts';
import { keysOf } from './store/who.ts';

let app: TestApp;
let city: Actor;
let teacher: Actor;
let schoolId: string;
const system = systemActor('test');
const schools = 1000;
const perSchool = 50;

beforeAll(async () => {
  app = await testApp([audit, units, auth, notify, tasks]);
  const ids = await buildCity(app);
  city = actorAt('city', ['tasks.ask', 'tasks.team'], ids.city!);
  // Directly, as the register of a thousand schools is not what is tested here.
  await app.ownerPool.query(
    `INSERT INTO units.unit (code, name, kind, parent_id, unit_path)
     SELECT 'many-' || n, '示例学校' || n, 'school', $1, ('city.east.many-' || n)::ltree
     FROM generate_series(1, $2) AS n`,
    [ids.east, schools],
  );
  await app.ownerPool.query(`INSERT INTO auth.account (username, name, unit_id, unit_path, password_hash)
    SELECT 'teacher-' || code, '教师' || code, id, unit_path, 'x' FROM units.unit WHERE code LIKE 'many-%'`);
  await app.ownerPool.query(`INSERT INTO auth.role_grant (account_id, unit_path, role, state, proposed_by,
      proposed_by_name, decided_by, decided_by_name, decided_at)
    SELECT id, unit_path, 'school_teacher', 'approved', 'a', 'a', 'b', 'b', base.now() FROM auth.account`);
  const { rows } =
    await app.ownerPool.query(`SELECT a.id, a.unit_id, a.unit_path::text AS path FROM auth.account a
    WHERE username = 'teacher-many-500'`);
  teacher = { ...actorAt(rows[0].path, ['tasks.work'], rows[0].unit_id), id: rows[0].id };
  schoolId = rows[0].unit_id;
}, 120_000);
afterAll(() => app.close());

const ask = {
  title: '填报网站开设情况',
  why: '摸清网站底数',
  legalBasis: 'D5',
  dueAt: '2026-07-01T08:00:00Z',
  minutes: 15,
  wantsFile: false,
  assignee: { role: 'school_teacher' },
  unitIds: [],
  acceptOverload: true,
};

/** Node types of the plan that read a table, with the table. */
async function scansOf(
  actor: Actor,
  query: (ctx: Parameters<typeof toDoOf>[0]) => Promise<{ text: string; values: readonly unknown[] }>,
) {
  const { text, values } = await app.run(actor, query);
  const client = await app.appPool.connect();
  try {
    await client.query('BEGIN');
    await client.query(
      `SELECT set_config('jiaodun.scope', $1, true), set_config('jiaodun.actor', $2, true)`,
      [actor.scope, actor.id],
    );
    const plan = await client.query(`EXPLAIN ${text}`, [...values]);
    return plan.rows.map((row) => String(row['QUERY PLAN'])).join('\n');
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

describe('a thousand schools', () => {
  it('are asked in one transaction, and the request is withdrawn as a whole', async () => {
    await app.run(city, (ctx) => raiseCampaign(ctx, ask));
    const last = await app.run(city, (ctx) => raiseCampaign(ctx, { ...ask, title: '再填一次' }));
    const { rows } =
      await app.ownerPool.query(`SELECT count(*)::int AS tasks, count(DISTINCT unit_id)::int AS units,
      (SELECT count(*)::int FROM tasks.act) AS acts FROM tasks.task`);
    // The four schools of the small city are asked as well.
    expect(rows[0]).toEqual({ tasks: (schools + 4) * 2, units: schools + 4, acts: (schools + 4) * 2 });
    await app.run(city, (ctx) => withdrawCampaign(ctx, last, '改为另行通知'));
    const live = await app.ownerPool.query(`SELECT count(*)::int AS n FROM tasks.task WHERE state = 'open'`);
    expect(live.rows[0].n).toBe(schools + 4);
    // As many open ones as a school could ever have.
    await app.ownerPool.query(
      `INSERT INTO tasks.task (key, kind, unit_id, unit_path, holder_key, title, why, legal_basis, due_at, minutes,
         asked_by_name)
       SELECT key || ':' || n, kind, unit_id, unit_path, holder_key, title, why, legal_basis, due_at, minutes, '测试'
       FROM tasks.task, generate_series(2, $1) AS n WHERE state = 'open'`,
      [perSchool],
    );
    await app.ownerPool.query('ANALYZE');
  }, 120_000);

  it('each see their own list by index, whatever the number of all', async () => {
    const query = { page: 1, pageSize: 20, view: 'mine' as const };
    const page = await app.run(teacher, (ctx) => listTasks(ctx, query, null));
    expect(page.total).toBe(perSchool);
    expect(new Set(page.items.map((row) => row.unit_id))).toEqual(new Set([schoolId]));
    const plan = await scansOf(teacher, async (ctx) => {
      const { sql } = await import('kysely');
      return {
        text: sql`SELECT * FROM ${await toDoOf(ctx)} h`.compile(ctx.db).sql,
        values: sql`SELECT * FROM ${await toDoOf(ctx)} h`.compile(ctx.db).parameters,
      };
    });
    expect(plan).toMatch(/Index/);
    expect(plan).not.toMatch(/Seq Scan on task\b/);
  });

  it('are seen by the city by unit, by kind and in a list of what is late', async () => {
    const rows = await app.run(city, (ctx) =>
      progress(ctx, { by: 'unit', since: new Date('2026-01-01'), base: { unitPath: 'city.east' } }, []),
    );
    expect(rows.length).toBe(schools + 3);
    const keys = await app.run(system, (ctx) => keysOf(ctx, teacher.id));
    expect(keys).toContain(`role:${schoolId}:school_teacher`);
    const team = await app.run(city, (ctx) => listTasks(ctx, { page: 1, pageSize: 20, view: 'team' }, null));
    expect(team).toMatchObject({ total: 10_000, capped: true });
    const plan = await scansOf(city, async (ctx) => {
      const { sql } = await import('kysely');
      const compiled =
        sql`SELECT t.id FROM tasks.task t WHERE t.state IN ('open', 'claimed', 'signing', 'returned')
        ORDER BY t.due_at, t.id LIMIT 20`.compile(ctx.db);
      return { text: compiled.sql, values: compiled.parameters };
    });
    expect(plan).toContain('task_live');
  });
});
