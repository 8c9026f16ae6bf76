import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fire } from '#base/jobs';
import { fiveFacts } from '../../../web/words/zh/people-posts.ts';
import type { FiveFlag } from './contract.ts';
import { judgeFive, type UnitFacts } from './rules-five.ts';
import { type UnitsBench, unitsBench } from './testing.ts';

let bench: UnitsBench;
const id: Record<string, string> = {};
const school = () => bench.units['east-1']!;
const pdf = Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n');

beforeAll(async () => {
  bench = await unitsBench();
  await bench.upload(
    'east',
    'L,林示例,east-1,主要负责人,13900000001,,2026-01-01,,\nA,安示例,east-1,网络管理员,13900000002,,2026-01-01,,\nS,宋示例,east-1,网络安全员,,,2026-01-01,,\n',
  );
  for (const no of ['L', 'A', 'S']) id[no] = await bench.idOf(no);
}, 120_000);
afterAll(() => bench?.close());

const certificate = { type: '网络安全员证', number: 'N-1', issuer: '示例协会', issuedOn: '2026-01-10' };
const register = (who: string, body: object) =>
  bench.send(who, 'POST', `/api/people/${id.A}/certificates`, body);

describe('a certificate', () => {
  let certificateId: string;
  it('is registered once, with dates that can be', async () => {
    const made = await register('teacher', { ...certificate, expiresOn: '2026-08-30' });
    expect(made.body).toMatchObject({ state: 'unverified', hasScan: false, daysLeft: 90 });
    certificateId = made.body.id;
    expect((await register('teacher', certificate)).body.code).toBe('units.duplicate_certificate');
    const lies = [{ issuedOn: '2026-12-01' }, { number: 'N-2', expiresOn: '2026-01-10' }];
    for (const lie of lies) {
      expect((await register('teacher', { ...certificate, ...lie })).body.code).toBe(
        'units.certificate_dates',
      );
    }
    expect((await register('west', { ...certificate, number: 'N-3' })).status).toBe(404);
  });

  it('takes a scan by what it is, not by what it is called, and records who read it', async () => {
    const put = (who: string, bytes: Buffer) =>
      bench.send(who, 'PUT', `/api/certificates/${certificateId}/scan`, bytes);
    expect((await put('teacher', Buffer.from('<script>alert(1)</script>'))).body.code).toBe(
      'units.scan_type',
    );
    expect((await put('teacher', Buffer.from('MZ\x90\x00'))).body.code).toBe('units.scan_type');
    const huge = Buffer.concat([pdf, Buffer.alloc(5 * 1024 * 1024)]);
    expect((await put('teacher', huge)).body.code).toBe('base.too_large');
    expect((await put('west', pdf)).status).toBe(404);
    expect((await put('teacher', pdf)).body).toMatchObject({ hasScan: true });
    const read = await bench.get('east', `/api/certificates/${certificateId}/scan`);
    expect(read.body).toEqual(pdf);
    expect((await bench.get('west', `/api/certificates/${certificateId}/scan`)).status).toBe(404);
    const noted = await bench.app.ownerPool.query(
      `SELECT count(*)::int AS n FROM audit.entry WHERE action = 'certificates.scan_read'`,
    );
    expect(noted.rows[0].n).toBe(1);
  });

  it('is verified by a second person, once, and by the database’s rule too', async () => {
    const url = `/api/certificates/${certificateId}/verification`;
    expect((await bench.send('teacher', 'POST', url, { genuine: true })).body.code).toBe('units.verify_own');
    expect((await bench.send('east', 'POST', url, { genuine: false })).body.code).toBe('units.verify_reason');
    await expect(
      bench.app.ownerPool.query(
        `UPDATE units.certificate SET verified_by = registered_by, genuine = true, verified_at = now() WHERE id = $1`,
        [certificateId],
      ),
    ).rejects.toThrow('certificate_by_two');
    const both = await Promise.all([
      bench.send('east', 'POST', url, { genuine: true }),
      bench.send('city', 'POST', url, { genuine: false, reason: '编号查无此证' }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(
      (await bench.send('teacher', 'PUT', `/api/certificates/${certificateId}/scan`, pdf)).body.code,
    ).toBe('units.scan_settled');
  });

  it('is told of once at each step before it ends, and only the nearest when several were missed', async () => {
    const late = await register('east2', { ...certificate, number: 'N-9', expiresOn: '2026-06-20' });
    const due = async () =>
      (
        await bench.app.ownerPool.query(
          `SELECT payload->>'certificateId' AS id, (payload->>'days')::int AS days FROM base.event
           WHERE name = 'units.certificate_due' ORDER BY id`,
        )
      ).rows
        .filter((row) => row.id === late.body.id)
        .map((row) => row.days);
    await fire(bench.app, 'units.certificates');
    await fire(bench.app, 'units.certificates');
    expect(await due()).toEqual([30]);
    await bench.app.setTime('2026-06-14T02:00:00Z');
    await Promise.all([fire(bench.app, 'units.certificates'), fire(bench.app, 'units.certificates')]);
    expect((await due()).sort()).toEqual([30, 7]);
    await bench.app.setTime('2026-06-21T02:00:00Z');
    const list = (await bench.get('teacher', '/api/certificates?state=expired')).body;
    expect(list.items.map((one: { id: string }) => one.id)).toEqual([late.body.id]);
    const counts = (await bench.get('teacher', '/api/certificates/counts')).body;
    expect(counts).toMatchObject({ officers: 2, expired: 1 });
    expect(
      (await bench.get('teacher', '/api/certificates/missing')).body.items.map(
        (one: { personName: string }) => one.personName,
      ),
    ).toContain('宋示例');
  });
});

describe('a leading group', () => {
  const group = (members: object[], more: object = {}) => ({
    documentNo: '校字〔2026〕3号',
    establishedOn: '2026-03-01',
    members,
    ...more,
  });
  const set = (who: string, body: object) =>
    bench.send(who, 'POST', `/api/units/${school()}/leading-groups`, body);

  it('has one head, members once, and versions that close one another', async () => {
    const head = { personId: id.L, role: 'head' };
    const member = { personId: id.A, role: 'member', duties: '技术' };
    expect((await set('teacher', group([member]))).body.code).toBe('units.group_one_head');
    expect((await set('teacher', group([head, member, member]))).body.code).toBe('units.group_member_twice');
    expect((await set('west', group([head]))).status).toBeGreaterThanOrEqual(403);
    expect((await set('teacher', group([head, member]))).body).toMatchObject({
      closedOn: null,
      overdue: false,
    });
    expect((await set('teacher', group([head]))).body.code).toBe('units.group_too_early');
    const both = await Promise.all(
      ['2026-05-01', '2026-05-02'].map((establishedOn) =>
        set('teacher', group([head, member], { establishedOn })),
      ),
    );
    expect(both.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(1);
    const { items } = (await bench.get('teacher', `/api/units/${school()}/leading-groups`)).body;
    expect(items.filter((one: { closedOn: string | null }) => one.closedOn === null)).toHaveLength(1);
  });

  it('is overdue when a member left more than five working days ago', async () => {
    const { items } = (await bench.get('teacher', `/api/people/${id.A}/appointments`)).body;
    await bench.send('teacher', 'POST', `/api/appointments/${items[0].id}/end`, { endsOn: '2026-06-19' });
    const newest = async () =>
      (await bench.get('teacher', `/api/units/${school()}/leading-groups`)).body.items[0];
    expect(await newest()).toMatchObject({ changeDueOn: '2026-06-26', overdue: false });
    await bench.app.setTime('2026-06-27T02:00:00Z');
    expect(await newest()).toMatchObject({ overdue: true });
    const five = (await bench.get('teacher', `/api/units/${school()}/five-in-place`)).body;
    const organisation = five.flags.find((one: { flag: string }) => one.flag === 'organisation');
    expect(organisation.state).toBe('missing');
  });
});

describe('a call-back', () => {
  it('is noted with who answered; who was not reached for long is on the list', async () => {
    const post = (who: string, person: string, body: object) =>
      bench.send(who, 'POST', `/api/people/${person}/call-backs`, body);
    const due = async () =>
      (await bench.get('east', '/api/call-backs/due?days=30')).body.items
        .map((one: { personName: string }) => one.personName)
        .sort();
    expect(await due()).toEqual(['宋示例', '林示例']);
    expect((await post('east', id.S!, { result: 'reached' })).body.code).toBe('units.no_phone');
    expect(
      (await post('east', id.L!, { result: 'reached', calledAt: '2027-01-01T00:00:00Z' })).body.code,
    ).toBe('units.call_in_future');
    expect((await post('west', id.L!, { result: 'reached' })).status).toBe(404);
    expect((await post('east', id.L!, { result: 'no_answer' })).status).toBe(200);
    expect(await due()).toContain('林示例');
    const made = await post('east', id.L!, { result: 'reached', answeredBy: '本人' });
    expect(made.body).toMatchObject({ phoneMasked: '139****0001', sameNumber: true, by: 'east' });
    expect(await due()).toEqual(['宋示例']);
    await bench.send('teacher', 'PATCH', `/api/people/${id.L}`, { phone: '13900000099' });
    expect(await due()).toContain('林示例');
    const calls = (await bench.get('teacher', `/api/people/${id.L}/call-backs`)).body.items;
    expect(calls.map((one: { sameNumber: boolean }) => one.sameNumber)).toEqual([false, false]);
  });
});

describe('the five flags', () => {
  const unit = (facts: Partial<UnitFacts>): UnitFacts => ({
    unitId: 'u',
    day: '2026-06-01',
    held: [],
    group: null,
    members: [],
    certified: new Set(),
    reachedOn: new Map(),
    told: {},
    ...facts,
  });
  const holder = (
    post: UnitFacts['held'][number]['post'],
    personId = post as string,
    exceptionId: string | null = null,
  ) => ({
    ...{ post, personId, exceptionId },
    personName: `${personId}示例`,
    startsOn: '2026-01-01',
    exceptionExpiresOn: exceptionId ? '2026-09-01' : null,
  });
  const stateOf = (facts: Partial<UnitFacts>, flag: FiveFlag) =>
    judgeFive(unit(facts)).flags.find((one) => one.flag === flag)!.state;

  it('are missing where nothing is on file, and never in place where nobody could be asked', () => {
    const nothing = judgeFive(unit({}));
    expect(nothing.flags.map(({ state }) => state)).toEqual([
      'missing',
      'missing',
      'missing',
      'partly',
      'partly',
    ]);
    expect(nothing.inPlace).toBe(0);
    expect(stateOf({ held: [holder('reviewer')] }, 'responsibility')).toBe('unknown');
  });

  it('follow the facts: reached, certified, two people, a group that is up to date', () => {
    const held = [holder('leader'), holder('deputy'), holder('network_admin'), holder('security_officer')];
    expect(stateOf({ held }, 'leader')).toBe('partly');
    expect(stateOf({ held, reachedOn: new Map([['leader', '2025-06-01']]) }, 'leader')).toBe('in_place');
    expect(stateOf({ held, reachedOn: new Map([['leader', '2025-05-31']]) }, 'leader')).toBe('partly');
    expect(stateOf({ held }, 'people')).toBe('partly');
    expect(stateOf({ held, certified: new Set(['network_admin', 'security_officer']) }, 'people')).toBe(
      'in_place',
    );
    const alone = [holder('network_admin', 'x'), holder('security_officer', 'x', 'e')];
    expect(stateOf({ held: alone, certified: new Set(['x']) }, 'people')).toBe('partly');
    const group = { documentNo: '校字〔2026〕3号', establishedOn: '2026-01-01' };
    const member = { personId: 'a', personName: '甲', role: 'head' as const, post: null };
    expect(stateOf({ group, members: [{ ...member, leftOn: null }] }, 'organisation')).toBe('in_place');
    expect(stateOf({ group, members: [{ ...member, leftOn: '2026-05-28' }] }, 'organisation')).toBe('partly');
    expect(stateOf({ group, members: [{ ...member, leftOn: '2026-05-01' }] }, 'organisation')).toBe(
      'missing',
    );
  });

  it('have words for every fact that this module states', () => {
    const posts = ['leader', 'deputy', 'network_admin', 'security_officer', 'reviewer', 'duty'] as const;
    const all = [
      judgeFive(unit({})),
      judgeFive(
        unit({ held: [...posts.map((post) => holder(post)), holder('network_admin', 'security_officer')] }),
      ),
      judgeFive(unit({ group: { documentNo: 'x', establishedOn: '2026-01-01' } })),
    ];
    const codes = all.flatMap(({ flags }) => flags.flatMap(({ facts }) => facts.map(({ code }) => code)));
    expect(codes.filter((code) => !(code in fiveFacts))).toEqual([]);
    expect(new Set(codes).size).toBeGreaterThan(9);
  });
});
