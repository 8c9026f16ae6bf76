import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type UnitsBench, unitsBench } from './testing.ts';

let bench: UnitsBench;
beforeAll(async () => {
  bench = await unitsBench();
}, 120_000);
afterAll(() => bench?.close());

describe('an import of people', () => {
  it('appoints once, however often it is read', async () => {
    const lines =
      'P1,张示例,east-1,网络管理员,13900000001,p1@example.org,2026-01-05,,兼职\nP1,张示例,east-1,版主,13900000001,p1@example.org,,,\nP2,李示例,east-1,网络安全员,,,2026-02-01,,\n';
    expect(await bench.upload('east', lines)).toMatchObject({ accepted: 3, rejected: 0, errors: [] });
    expect(await bench.upload('east', lines)).toMatchObject({ accepted: 3, rejected: 0 });
    const { rows } = await bench.app.ownerPool.query(
      `SELECT p.person_no, a.post::text AS post, a.starts_on::text AS starts, a.full_time
       FROM units.appointment a JOIN units.person p ON p.id = a.person_id ORDER BY 1, 2`,
    );
    expect(rows).toEqual([
      { person_no: 'P1', post: 'moderator', starts: '2026-06-01', full_time: null },
      { person_no: 'P1', post: 'network_admin', starts: '2026-01-05', full_time: false },
      { person_no: 'P2', post: 'security_officer', starts: '2026-02-01', full_time: null },
    ]);
    const seen = (await bench.get('teacher', '/api/people?q=P1')).body;
    expect(seen.items[0]).toMatchObject({
      post: 'network_admin',
      posts: ['network_admin', 'moderator'],
      phoneMasked: '139****0001',
    });
    expect((await bench.get('west', '/api/people')).body.items).toEqual([]);
  });

  it('refuses by row what conflicts, bad days and other people’s numbers, and keeps the rest', async () => {
    const lines =
      'P1,张示例,east-1,网络安全员,13900000001,p1@example.org,,,\nP3,王示例,east-1,教师,,,2026-02-30,,\nP4,赵示例,east-1,教师,,,2026-03-01,2026-02-01,\nP5,钱示例,east-1,教师,,,2026/3/1,,\n';
    const reply = await bench.upload('east', lines);
    expect(reply).toMatchObject({ accepted: 1, rejected: 3 });
    expect(reply.errors.map((error: { row: number; code: string }) => [error.row, error.code])).toEqual([
      [2, 'units.posts_conflict'],
      [3, 'units.bad_value'],
      [4, 'units.ends_before_start'],
    ]);
    const stolen = await bench.upload('west', 'P1,张冒名,west-1,教师,,,,,\nW1,吴示例,west-1,教师,,,,,\n');
    expect(stolen).toMatchObject({ accepted: 1, rejected: 1 });
    expect(stolen.errors[0]).toMatchObject({ row: 2, code: 'units.person_elsewhere' });
  });

  it('ends the posts at the former home of a person who moved', async () => {
    await bench.upload('east', 'P6,孙示例,east-1,值班联络人,,,2026-01-01,,\n');
    await bench.upload('east', 'P6,孙示例,east-2,值班联络人,,,2026-05-01,,\n');
    const { rows } = await bench.app.ownerPool.query(
      `SELECT v.unit_path::text AS path, v.starts_on::text AS s, v.ends_on::text AS e FROM units.appointment_view v
       JOIN units.person p ON p.id = v.person_id WHERE p.person_no = 'P6' ORDER BY s`,
    );
    expect(rows).toEqual([
      { path: 'city.east.east-1', s: '2026-01-01', e: '2026-05-01' },
      { path: 'city.east.east-2', s: '2026-05-01', e: null },
    ]);
    const left = await bench.app.ownerPool.query(
      `SELECT payload FROM base.event WHERE name = 'units.post_left' ORDER BY id DESC LIMIT 1`,
    );
    expect(left.rows[0].payload).toMatchObject({ personName: '孙示例', post: 'duty', endsOn: '2026-05-01' });
  });

  it('ends a post by the day of leaving in the row', async () => {
    const reply = await bench.upload('east', 'P2,李示例,east-1,网络安全员,,,2026-02-01,2026-05-20,\n');
    expect(reply).toMatchObject({ accepted: 1, errors: [] });
    const held = (await bench.get('east', `/api/people/${await bench.idOf('P2')}`)).body;
    expect(held).toMatchObject({ post: null, posts: [] });
  });
});
