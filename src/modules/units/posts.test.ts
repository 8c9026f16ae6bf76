import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Custody } from '#base/app';
import { drain, fire } from '#base/jobs';
import { type UnitsBench, unitsBench } from './testing.ts';

let bench: UnitsBench;
const id: Record<string, string> = {};
/** A module of a test below this one: things in hands, by holder. */
const hands = new Map<string, string[]>();
const custody: Custody = {
  kind: 'thing',
  permission: 'people.read',
  heldBy: async (_ctx, person) => {
    const items = (hands.get(person) ?? []).map((one) => ({
      id: one,
      title: `东西${one}`,
      detail: null,
      unitId: bench.units['east-1']!,
      unitPath: 'city.east.east-1',
      link: null,
    }));
    return { items, total: items.length };
  },
  handOver: async (_ctx, { from, to, of }) => {
    const mine = hands.get(from) ?? [];
    const moved = 'id' in of ? mine.filter((one) => one === of.id) : mine;
    hands.set(
      from,
      mine.filter((one) => !moved.includes(one)),
    );
    hands.set(to, [...(hands.get(to) ?? []), ...moved]);
    return moved.length;
  },
};

const events = async (name: string) =>
  (
    await bench.app.ownerPool.query('SELECT payload FROM base.event WHERE name = $1 ORDER BY id', [name])
  ).rows.map((row) => row.payload);
const appoint = (who: string, body: object) => bench.send(who, 'POST', '/api/appointments', body);
const school = () => bench.units['east-1']!;

/** Sends requests that all wait for one appointment's row before any of them goes on. */
async function meetAt<T>(appointmentId: string, send: () => Promise<T>[]): Promise<T[]> {
  const holder = await bench.app.ownerPool.connect();
  try {
    await holder.query('BEGIN');
    await holder.query('SELECT FROM units.appointment WHERE id = $1 FOR UPDATE', [appointmentId]);
    const sent = send();
    const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
    while ((await bench.app.ownerPool.query(waiting)).rowCount !== sent.length);
    await holder.query('COMMIT');
    return await Promise.all(sent);
  } finally {
    holder.release();
  }
}

beforeAll(async () => {
  bench = await unitsBench([{ name: 'hands', custody: [custody] }]);
  await bench.upload(
    'east',
    'A,安示例,east-1,教师,13900000001,a@example.org,2026-01-01,,\nB,白示例,east-1,教师,13900000002,,2026-01-01,,\nC,陈示例,east-1,教师,13900000003,,2026-01-01,,\n',
  );
  await bench.upload('city', 'R,任示例,east,信息审核员,13900000009,,2026-01-01,,\n');
  for (const no of ['A', 'B', 'C', 'R']) id[no] = await bench.idOf(no);
}, 120_000);
afterAll(() => bench?.close());

describe('administrator and security officer of one unit', () => {
  it('are two people: refused in words, and by the database to whoever asks it directly', async () => {
    const first = await appoint('teacher', {
      personId: id.A,
      unitId: school(),
      post: 'network_admin',
      startsOn: '2026-02-01',
    });
    expect(first).toMatchObject({
      status: 200,
      body: { post: 'network_admin', current: true, fullTime: null },
    });
    const second = await appoint('teacher', { personId: id.A, unitId: school(), post: 'security_officer' });
    expect([second.status, second.body.code]).toEqual([409, 'units.posts_conflict']);
    await expect(
      bench.app.ownerPool.query(
        `INSERT INTO units.appointment (id, person_id, unit_id, unit_path, post, starts_on, change, actor_id, actor_name)
         VALUES (uuidv7(), $1, $2, 'city.east.east-1', 'security_officer', '2026-03-01', 'appointed', 'x', 'x')`,
        [id.A, school()],
      ),
    ).rejects.toThrow('administrator_is_not_security_officer');
  });

  it('may be one person by an exception that another approved, for a year at most, and no day longer', async () => {
    const ask = { personId: id.A, unitId: school(), reason: '全校只有一名信息技术教师' };
    const long = await bench.send('teacher', 'POST', '/api/post-exceptions', {
      ...ask,
      expiresOn: '2027-06-02',
    });
    expect([long.status, long.body.code]).toEqual([422, 'units.exception_too_long']);
    const asked = await bench.send('east', 'POST', '/api/post-exceptions', {
      ...ask,
      expiresOn: '2026-07-01',
    });
    expect(asked.body).toMatchObject({ state: 'proposed', decidedBy: null });
    const with_ = { personId: id.A, unitId: school(), post: 'security_officer', exceptionId: asked.body.id };
    expect((await appoint('teacher', with_)).body.code).toBe('units.exception_not_approved');
    const url = `/api/post-exceptions/${asked.body.id}/decision`;
    expect((await bench.send('east', 'POST', url, { approve: true })).body.code).toBe(
      'units.exception_own_proposal',
    );
    expect((await bench.send('west', 'POST', url, { approve: true })).status).toBe(404);
    const decided = await Promise.all([
      bench.send('east2', 'POST', url, { approve: true }),
      bench.send('city', 'POST', url, { approve: true }),
    ]);
    expect(decided.map(({ status }) => status).sort()).toEqual([200, 409]);
    await expect(
      bench.app.ownerPool.query(`UPDATE units.post_exception SET decided_by = proposed_by WHERE id = $1`, [
        asked.body.id,
      ]),
    ).rejects.toThrow(/exception_by_two|decided already/);
    const late = await appoint('teacher', { ...with_, endsOn: '2026-08-01' });
    expect(late.body.code).toBe('units.exception_too_short');
    const made = await appoint('teacher', with_);
    expect(made.body).toMatchObject({ post: 'security_officer', endsOn: '2026-07-01' });
    const open = await bench.send('teacher', 'POST', `/api/appointments/${made.body.id}/correction`, {
      endsOn: null,
      reason: '想一直兼任',
    });
    expect(open.body.code).toBe('units.exception_too_short');
  });

  it('tells once when the exception has ended, and the post ended with it', async () => {
    await bench.app.setTime('2026-07-01T02:00:00Z');
    await fire(bench.app, 'units.exceptions');
    await fire(bench.app, 'units.exceptions');
    expect(await events('units.post_exception_expired')).toMatchObject([
      { personId: id.A, expiresOn: '2026-07-01' },
    ]);
    const { items } = (await bench.get('teacher', `/api/units/${school()}/responsible`)).body;
    expect(items.map((one: { post: string }) => one.post)).not.toContain('security_officer');
  });
});

describe('an appointment', () => {
  it('that was recorded wrongly is corrected, and what was believed before stays answerable', async () => {
    const made = await appoint('teacher', {
      personId: id.B,
      unitId: school(),
      post: 'duty',
      startsOn: '2026-03-01',
    });
    const believed = bench.app.clock.now().toISOString();
    await bench.app.advance(60_000);
    const url = `/api/appointments/${made.body.id}`;
    await bench.send('teacher', 'POST', `${url}/correction`, {
      startsOn: '2026-05-01',
      reason: '文件写的是五月',
    });
    const on = `/api/units/${school()}/responsible?on=2026-04-01`;
    const duty = async (query: string) =>
      (await bench.get('teacher', on + query)).body.items.filter(
        (one: { post: string }) => one.post === 'duty',
      ).length;
    expect([await duty(''), await duty(`&knownAt=${believed}`)]).toEqual([0, 1]);
    const versions = (await bench.get('teacher', `${url}/versions`)).body.items;
    expect(versions.map((one: { change: string }) => one.change)).toEqual(['appointed', 'corrected']);
    const app = bench.app.appPool;
    await expect(app.query('DELETE FROM units.appointment')).rejects.toThrow('permission denied');
    await expect(app.query(`UPDATE units.appointment SET starts_on = '2020-01-01'`)).rejects.toThrow(
      'permission denied',
    );
    await expect(
      bench.app.ownerPool.query(
        'UPDATE units.appointment SET recorded_to = NULL WHERE recorded_to IS NOT NULL',
      ),
    ).rejects.toThrow('a closed version does not change');
  });

  it('ends once, is not taken twice at one time, and is nobody’s outside', async () => {
    const made = await appoint('teacher', {
      personId: id.B,
      unitId: school(),
      post: 'moderator',
      startsOn: '2026-03-01',
    });
    expect(
      (await appoint('teacher', { personId: id.B, unitId: school(), post: 'moderator' })).body.code,
    ).toBe('units.already_holds');
    const url = `/api/appointments/${made.body.id}`;
    expect((await bench.send('west', 'POST', `${url}/end`, {})).status).toBe(404);
    expect((await bench.send('teacher', 'POST', `${url}/end`, { endsOn: '2026-02-01' })).body.code).toBe(
      'units.ends_before_start',
    );
    const both = await meetAt(made.body.id, () =>
      [1, 2].map(() => bench.send('teacher', 'POST', `${url}/end`, { endsOn: '2026-06-01' })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect((await events('units.post_left')).at(-1)).toMatchObject({
      post: 'moderator',
      endsOn: '2026-06-01',
    });
    expect(
      (await appoint('west', { personId: id.B, unitId: bench.units['west-1'], post: 'duty' })).status,
    ).toBe(404);
    expect((await appoint('teacher', { personId: id.R, unitId: school(), post: 'reviewer' })).status).toBe(
      404,
    );
  });

  it('of a reviewer lent by the county shows the school whom it is, and only to that school', async () => {
    const lent = await appoint('east', {
      personId: id.R,
      unitId: school(),
      post: 'reviewer',
      documentNo: '借调〔2026〕1号',
    });
    expect(lent.status).toBe(200);
    expect((await bench.get('teacher', `/api/people/${id.R}`)).body).toMatchObject({
      name: '任示例',
      unitName: '东示县教育局',
    });
    expect((await bench.send('teacher', 'PATCH', `/api/people/${id.R}`, { name: '改名' })).status).toBe(403);
    expect((await bench.get('west', `/api/people/${id.R}`)).status).toBe(404);
    const here = (await bench.get('teacher', `/api/people?unitId=${school()}&post=reviewer`)).body.items;
    expect(here.map((one: { personNo: string }) => one.personNo)).toEqual(['R']);
  });
});

describe('a hand-over', () => {
  it('moves posts and things in one act, and what nobody in post holds is shown as orphaned', async () => {
    hands.set(id.A!, ['t1', 't2']);
    const before = (await bench.get('teacher', `/api/people/${id.A}/held`)).body;
    expect(before.items.map((one: { orphaned: boolean }) => one.orphaned)).toEqual([false, false]);
    const done = await bench.send('teacher', 'POST', `/api/people/${id.A}/hand-over`, {
      toPersonId: id.C,
      unitId: school(),
      documentNo: '校字〔2026〕9号',
    });
    expect(done.body).toEqual({ posts: 1, things: 2, thingsOn: null, heldAlready: [] });
    const held = (await bench.get('teacher', `/api/people/${id.C}`)).body;
    expect(held.posts).toEqual(['network_admin', 'teacher']);
    expect(hands.get(id.C!)).toEqual(['t1', 't2']);
    const none = await bench.send('teacher', 'POST', `/api/people/${id.A}/hand-over`, {
      toPersonId: id.C,
      unitId: school(),
    });
    expect(none.body.code).toBe('units.nothing_to_hand_over');
  });

  it('on a later day moves the things on that day, once', async () => {
    const done = await bench.send('teacher', 'POST', `/api/people/${id.C}/hand-over`, {
      toPersonId: id.B,
      unitId: school(),
      on: '2026-07-10',
    });
    expect(done.body).toMatchObject({ posts: 1, things: 0, thingsOn: '2026-07-10' });
    await fire(bench.app, 'units.hand-overs');
    expect(hands.get(id.C!)).toEqual(['t1', 't2']);
    await bench.app.setTime('2026-07-09T16:30:00Z');
    await fire(bench.app, 'units.hand-overs');
    await fire(bench.app, 'units.hand-overs');
    expect([hands.get(id.C!), hands.get(id.B!)]).toEqual([[], ['t1', 't2']]);
  });

  it('refuses a successor who would hold what watches over the other post, and changes nothing', async () => {
    await appoint('teacher', {
      personId: id.C,
      unitId: school(),
      post: 'security_officer',
      startsOn: '2026-07-10',
    });
    const body = { toPersonId: id.C, unitId: school(), on: '2026-07-12' };
    const back = await bench.send('teacher', 'POST', `/api/people/${id.B}/hand-over`, body);
    expect(back.body.code).toBe('units.posts_conflict');
    expect((await bench.get('teacher', `/api/people/${id.B}`)).body.posts).toContain('network_admin');
  });

  it('that was forgotten leaves orphans, which one button gives to somebody', async () => {
    for (const one of (await bench.get('teacher', `/api/people/${id.B}/appointments`)).body.items) {
      if (one.current)
        await bench.send('teacher', 'POST', `/api/appointments/${one.id}/end`, { endsOn: '2026-07-11' });
    }
    await bench.app.setTime('2026-07-12T02:00:00Z');
    const orphaned = (await bench.get('teacher', `/api/people/${id.B}/held`)).body.items;
    expect(orphaned[0]).toMatchObject({
      kind: 'thing',
      orphaned: true,
      orphanedSince: '2026-07-11',
      canHandOver: true,
    });
    const give = { kind: 'thing', thingId: 't1', toPersonId: id.C };
    expect((await bench.send('teacher', 'POST', `/api/people/${id.B}/held/successor`, give)).status).toBe(
      200,
    );
    expect(hands.get(id.C!)).toEqual(['t1']);
    const again = await bench.send('teacher', 'POST', `/api/people/${id.B}/held/successor`, give);
    expect(again.body.code).toBe('units.cannot_hand_over');
  });
});

describe('two registrations', () => {
  it('with one name and one phone are shown, merged by somebody, and never by themselves', async () => {
    await bench.upload(
      'east',
      'D1,董示例,east-1,教师,13900000005,,2026-01-01,,\nD2,董示例,east-1,版主,13900000005,,2026-02-01,,\nE1,鄂示例,east-1,教师,,e@example.org,,,\nE2,鄂示例,east-2,教师,,E@example.org,,,\n',
    );
    const pairs = (await bench.get('east', '/api/people/duplicates')).body;
    expect(
      pairs.items.map((one: { first: { personNo: string }; same: string[] }) => [
        one.first.personNo,
        one.same,
      ]),
    ).toEqual([
      ['D1', ['phone']],
      ['E1', ['email']],
    ]);
    const [d1, d2] = [await bench.idOf('D1'), await bench.idOf('D2')];
    const merged = await bench.send('east', 'POST', `/api/people/${d1}/merge`, {
      otherId: d2,
      reason: '同一人登记了两次',
    });
    expect(merged.body).toMatchObject({ personNo: 'D1', posts: ['moderator', 'teacher'] });
    expect((await bench.get('east', `/api/people/${d2}`)).body).toMatchObject({
      mergedInto: { personNo: 'D1' },
      posts: [],
    });
    const [e1, e2] = [await bench.idOf('E1'), await bench.idOf('E2')];
    await bench.send('east', 'POST', `/api/people/${e2}/distinct`, { otherId: e1, reason: '夫妻共用邮箱' });
    expect((await bench.get('east', '/api/people/duplicates')).body.items).toEqual([]);
    const gone = await bench.upload('east', 'D2,董示例,east-1,教师,,,,,\n');
    expect(gone.errors[0].code).toBe('units.person_merged');
    await drain(bench.app);
  });
});
