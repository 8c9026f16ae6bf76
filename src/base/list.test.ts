/** Lists through row-level security, on the real database, against what a plain filter gives. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actorAt, type TestApp, testApp } from '#test/db';
import { allOf, isInScope, type Page, pageOf } from './list.ts';

interface Thing {
  id: number;
  name: string;
}

let app: TestApp;
const count = 30_000;
const nameOf = (n: number) => `计算机${n} ${n % 1000 === 0 ? '多媒体_教室' : '机房%'} D-${n}`;

beforeAll(async () => {
  app = await testApp([]);
  await app.ownerPool.query(`CREATE SCHEMA list; GRANT USAGE ON SCHEMA list TO jiaodun_app;
    CREATE TABLE list.thing (id int PRIMARY KEY, unit_path ltree NOT NULL, name text NOT NULL);
    CREATE INDEX ON list.thing USING gist (unit_path);
    CREATE INDEX ON list.thing USING gin (base.grams(name));
    CALL base.protect('list.thing');`);
  const names = Array.from({ length: count }, (_, n) => nameOf(n));
  await app.ownerPool.query(
    `INSERT INTO list.thing SELECT n - 1, ('city.' || CASE n % 3 WHEN 0 THEN 'east' ELSE 'west' END)::ltree, name
     FROM unnest($1::text[]) WITH ORDINALITY AS t (name, n)`,
    [names],
  );
  await app.ownerPool.query('ANALYZE list.thing');
}, 60_000);
afterAll(() => app.close());

const listed = (scope: string, query: { page?: number; pageSize?: number; q?: string; from?: number }) =>
  app.run(
    actorAt(scope),
    (ctx): Promise<Page<Thing>> =>
      pageOf<Thing>(ctx, {
        columns: sql`t.id, t.name`,
        from: sql`list.thing t`,
        as: 't',
        where: allOf(query.from === undefined ? [] : [sql`t.id >= ${query.from}`]),
        search: { column: sql`t.name`, typed: query.q },
        orderBy: sql`t.id`,
        query: { page: query.page ?? 1, pageSize: query.pageSize ?? 20 },
      }),
  );

/** What the scope holds, by plain arithmetic. */
function expected(scope: string, q = '', from = 0): number[] {
  return Array.from({ length: count }, (_, n) => n).filter(
    (n) =>
      n >= from &&
      scope !== 'city.north' &&
      (scope === 'city' || (scope === 'city.east') === ((n + 1) % 3 === 0)) &&
      nameOf(n).toLowerCase().includes(q.toLowerCase()),
  );
}

describe('a list', () => {
  it.each([
    ['city', ''],
    ['city.east', ''],
    ['city', '计算机1'],
    ['city', '计算机'],
    ['city', '机'],
    ['city', '媒体'],
    ['city.west', '多媒体_教'],
    ['city', '多媒体%教'],
    ['city', '_'],
    ['city', 'd-2999'],
    ['city.east', 'D-7'],
    ['city', '没有'],
    ['city.north', '计算机'],
  ])('shows %s, searched for “%s”, what a plain filter gives, page by page', async (scope, q) => {
    const want = expected(scope, q);
    for (const page of [1, 2, 5]) {
      const reply = await listed(scope, { page, ...(q && { q }) });
      expect(reply.items.map((one) => one.id)).toEqual(want.slice((page - 1) * 20, page * 20));
      if (reply.capped) expect(want.length).toBeGreaterThan(reply.total);
      else expect([scope, q, reply.total]).toEqual([scope, q, want.length]);
    }
  });

  it('joins a search with the other filters', async () => {
    const reply = await listed('city', { q: '媒体', from: 29_000, pageSize: 500 });
    expect(reply.items.map((one) => one.id)).toEqual(expected('city', '媒体', 29_000));
  });

  it('counts up to 10,000 and says when there are more', async () => {
    expect(await listed('city', {})).toMatchObject({ total: 10_000, capped: true });
    expect(await listed('city.east', {})).toMatchObject({ total: 10_000, capped: false });
  });
});

describe('the scope as a value', () => {
  it.each(['*', 'city', 'city.east', 'city.north', ''])('of %s is what the policy shows', async (scope) => {
    const countWhere = (where: 'all' | 'scope') =>
      app.run(actorAt(scope), async (ctx) => {
        const which = where === 'all' ? sql`true` : isInScope(ctx, sql`t.unit_path`);
        const { rows } = await sql<{
          n: number;
        }>`SELECT count(*) AS n FROM list.thing t WHERE ${which}`.execute(ctx.db);
        return rows[0]!.n;
      });
    expect(await countWhere('scope')).toBe(await countWhere('all'));
  });
});

describe('row-level security', () => {
  const planFor = async (scope: string, statement: string) => {
    const client = await app.appPool.connect();
    try {
      await client.query('BEGIN');
      await client.query(`SELECT set_config('jiaodun.scope', $1, true)`, [scope]);
      const { rows } = await client.query(`EXPLAIN (FORMAT JSON) ${statement}`);
      return rows[0]['QUERY PLAN'][0].Plan as { 'Plan Rows': number };
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  };

  it('is estimated from the statistics, for a whole city as for one county', async () => {
    const whole = await planFor('city', 'SELECT FROM list.thing');
    const part = await planFor('city.east', 'SELECT FROM list.thing');
    const none = await planFor('city.north', 'SELECT FROM list.thing');
    expect(whole['Plan Rows']).toBeGreaterThan(count * 0.9);
    expect(part['Plan Rows']).toBeGreaterThan(count * 0.25);
    expect(part['Plan Rows']).toBeLessThan(count * 0.45);
    expect(none['Plan Rows']).toBeLessThan(count * 0.05);
  });

  it('lets a search use its index', async () => {
    const statement = `SELECT FROM list.thing WHERE base.grams(name) @> base.grams('媒体')`;
    expect(JSON.stringify(await planFor('city', statement))).toContain('thing_grams_idx');
  });

  it('reads the scope afresh with every statement: a plan that is kept shows no stranger’s rows', async () => {
    const client = await app.appPool.connect();
    try {
      await client.query(`PREPARE kept AS SELECT count(*)::int AS n FROM list.thing`);
      for (const [scope, n] of [
        ['city', count],
        ['city.east', 10_000],
        ['city.north', 0],
        ['*', count],
        ['', 0],
      ] as const) {
        for (let again = 0; again < 7; again += 1) {
          await client.query('BEGIN');
          await client.query(`SELECT set_config('jiaodun.scope', $1, true)`, [scope]);
          expect([scope, (await client.query('EXECUTE kept')).rows[0].n]).toEqual([scope, n]);
          await client.query('COMMIT');
        }
      }
      expect((await client.query('EXECUTE kept')).rows[0].n).toBe(0);
    } finally {
      client.release(true);
    }
  });
});
