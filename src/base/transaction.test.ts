import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ctx, systemActor } from '#base/app';
import { actorAt, type TestApp, testApp } from '#test/db';

let app: TestApp;
beforeAll(async () => {
  app = await testApp([]);
});
afterAll(() => app.close());

const settingsOf = async (ctx: Ctx) => {
  const { rows } = await sql<{
    scope: string;
    actor: string;
  }>`SELECT current_setting('jiaodun.scope') AS scope,
    current_setting('jiaodun.actor') AS actor`.execute(ctx.db);
  return rows[0];
};

test('a transaction has the scope and the name of its actor, whatever signs they hold', async () => {
  const strange = { ...actorAt('city.east'), id: `o'brien"; \\ DROP -- 教` };
  expect(await app.run(strange, settingsOf)).toEqual({ scope: 'city.east', actor: strange.id });
  expect(await app.readSnapshot(strange, settingsOf)).toEqual({ scope: 'city.east', actor: strange.id });
});

test('the connection keeps nothing of it for the next one', async () => {
  await app.run(systemActor('test'), settingsOf);
  const clients = await Promise.all(Array.from({ length: 16 }, () => app.appPool.connect()));
  try {
    for (const client of clients) {
      const { rows } = await client.query(`SELECT coalesce(current_setting('jiaodun.scope', true), '') AS s`);
      expect(rows).toEqual([{ s: '' }]);
    }
  } finally {
    for (const client of clients) client.release();
  }
});

test('after its end a transaction answers nothing', async () => {
  const left: Ctx[] = [];
  await app.run(systemActor('test'), async (ctx) => void left.push(ctx));
  await expect(settingsOf(left[0]!)).rejects.toThrow('this transaction has ended');
});

test('there is no transaction inside of one', async () => {
  const nested = app.run(systemActor('test'), (ctx) => ctx.db.transaction().execute(async () => 1));
  await expect(nested).rejects.toThrow();
});

test('an error that was caught inside still undoes everything, and the caller hears of it', async () => {
  const swallowing = app.run(systemActor('test'), async (ctx) => {
    await sql`INSERT INTO base.event (name, payload) VALUES ('test.swallowed', '{}')`.execute(ctx.db);
    await sql`SELECT 1 / 0`.execute(ctx.db).catch(() => undefined);
  });
  await expect(swallowing).rejects.toThrow();
  const { rows } = await app.ownerPool.query(`SELECT FROM base.event WHERE name = 'test.swallowed'`);
  expect(rows).toEqual([]);
});

test('a snapshot cannot write', async () => {
  const writing = app.readSnapshot(systemActor('test'), (ctx) =>
    sql`INSERT INTO base.event (name, payload) VALUES ('test.snapshot', '{}')`.execute(ctx.db),
  );
  await expect(writing).rejects.toMatchObject({ code: '25006' });
});

test('a connection that breaks in the middle fails its request only; the next one works', async () => {
  const broken = app.run(systemActor('test'), async (ctx) => {
    const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(ctx.db);
    await app.ownerPool.query('SELECT pg_terminate_backend($1)', [rows[0]!.pid]);
    await sql`SELECT 1`.execute(ctx.db);
  });
  await expect(broken).rejects.toThrow();
  expect(await app.run(systemActor('test'), settingsOf)).toMatchObject({ scope: '*' });
});

test('questions asked at once are answered one after the other', async () => {
  const answers = await app.run(systemActor('test'), (ctx) =>
    Promise.all([1, 2, 3].map((n) => sql<{ n: number }>`SELECT ${n}::int AS n`.execute(ctx.db))),
  );
  expect(answers.map(({ rows }) => rows[0]!.n)).toEqual([1, 2, 3]);
});
