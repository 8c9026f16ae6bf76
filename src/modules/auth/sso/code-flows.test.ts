/** WeCom, DingTalk and 浙政钉 against fakes that are true to their documents (test/peers/fake-*.ts). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeDingtalk, fakeDingtalk } from '../../../../test/peers/fake-dingtalk.ts';
import { type FakeWecom, fakeWecom } from '../../../../test/peers/fake-wecom.ts';
import { type FakeZwdd, fakeZwdd } from '../../../../test/peers/fake-zwdd.ts';
import { type SsoCity, ssoCity } from './testing.ts';

let city: SsoCity;
let wecom: FakeWecom;
let dingtalk: FakeDingtalk;
let zwdd: FakeZwdd;
const ids = { wecom: '', dingtalk: '', zwdd: '' };
const secret = 'app secret';

const inputs = {
  wecom: (key = secret) => ({
    kind: 'wecom',
    nameZh: '企业微信',
    nameEn: 'WeCom',
    secret: key,
    settings: { corpId: 'ww1', agentId: '1000002', apiUrl: wecom.url, internalAddress: '127.0.0.1' },
  }),
  dingtalk: (key = secret) => ({
    kind: 'dingtalk',
    nameZh: '钉钉',
    nameEn: 'DingTalk',
    secret: key,
    settings: {
      clientId: 'ding1',
      apiUrl: dingtalk.url,
      oapiUrl: dingtalk.url,
      internalAddress: '127.0.0.1',
    },
  }),
  zwdd: (key = secret) => ({
    kind: 'zwdd',
    nameZh: '浙政钉',
    nameEn: 'Zhezhengding',
    secret: key,
    settings: {
      clientId: 'jiaodun_scan',
      appKey: 'jiaodun-key',
      apiUrl: zwdd.url,
      internalAddress: '127.0.0.1',
    },
  }),
};

beforeAll(async () => {
  [wecom, dingtalk, zwdd] = await Promise.all([
    fakeWecom('ww1', secret),
    fakeDingtalk('ding1', secret),
    fakeZwdd('jiaodun-key', secret),
  ]);
  city = await ssoCity();
  await city.givePerson('east-teacher', 'P-001', '13800000001');
  for (const kind of ['wecom', 'dingtalk', 'zwdd'] as const) ids[kind] = await city.connect(inputs[kind]());
  wecom.members.set('wang', { userid: 'wang', name: '王示例', mobile: '13800000001', status: 1 });
  wecom.members.set('left', { userid: 'left', name: '离职', status: 5 });
  dingtalk.members.set('u-wang', {
    userid: '01',
    unionid: 'u-wang',
    name: '王示例',
    job_number: 'P-001',
    active: true,
  });
  dingtalk.members.set('u-off', { userid: '02', unionid: 'u-off', name: '未激活', active: false });
});
afterAll(async () => {
  await city.close();
  await Promise.all([wecom.close(), dingtalk.close(), zwdd.close()]);
});

/** Starts, and comes back with `query` and the right state. */
async function pass(kind: keyof typeof ids, query: string, browser = city.browser()) {
  const { location } = await browser.get(`/api/sso/${ids[kind]}/start`);
  const state = new URL(location).searchParams.get('state');
  const back = await browser.get(`/api/sso/${ids[kind]}/callback?${query}&state=${state}`);
  return { asked: new URL(location), location: back.location, code: city.codeOf(back.location), browser };
}

async function bindNewest(): Promise<{ subject: string; matchedBy: string; displayName: string }> {
  const row = (await city.as('secadmin', 'GET', '/api/sso/bindings?state=pending')).body.items[0];
  const decision = { approve: true, accountId: row.account.id };
  const done = await city.as('secadmin', 'POST', `/api/sso/bindings/${row.id}/decision`, decision);
  expect(done.body.state).toBe('bound');
  return row;
}

const ways = [
  {
    kind: 'wecom',
    code: () => `code=${wecom.code('wang')}`,
    ground: 'phone',
    name: '王示例',
    id: 'appid',
    idValue: 'ww1',
  },
  {
    kind: 'dingtalk',
    code: () => `authCode=${dingtalk.code('u-wang')}`,
    ground: 'employee_no',
    name: '王示例',
    id: 'client_id',
    idValue: 'ding1',
  },
  {
    kind: 'zwdd',
    code: () =>
      `code=${zwdd.code({ accountId: 100_135, realmId: 7, nickNameCn: '王示例', employeeCode: 'P-001' })}`,
    ground: 'employee_no',
    name: '王示例',
    id: 'client_id',
    idValue: 'jiaodun_scan',
  },
] as const;

describe.each(ways)('$kind', ({ kind, code, ground, name, id, idValue }) => {
  it('lets its person in once bound', async () => {
    const first = await pass(kind, code());
    expect(first.code).toBe('auth.sso_pending');
    expect(first.asked.searchParams.get(id)).toBe(idValue);
    expect(first.asked.searchParams.get('redirect_uri')).toBe(
      `http://jiaodun.example/api/sso/${ids[kind]}/callback`,
    );
    expect(await bindNewest()).toMatchObject({ matchedBy: ground, displayName: name });
    const again = await pass(kind, code());
    expect(again.location).toBe('/');
    expect(await again.browser.user()).toBe('east-teacher');
  });

  it('takes a code once, from the browser that began, and no other shape of it', async () => {
    const used = code();
    expect((await pass(kind, used)).location).toBe('/');
    expect((await pass(kind, used)).code).toBe('auth.sso_expired');
    expect((await pass(kind, `${used.split('=')[0]}=made-up`)).code).toBe('auth.sso_bad_answer');
    expect((await pass(kind, 'x=1')).code).toBe('auth.sso_declined');
    expect((await pass(kind, `${code()}&${code()}`)).code).toBe('auth.sso_bad_answer');
    const stranger = city.browser();
    const { location } = await stranger.get(`/api/sso/${ids[kind]}/callback?${code()}&state=x`);
    expect(city.codeOf(location)).toBe('auth.sso_expired');
  });

  it('is tested in words, and a wrong secret is told', async () => {
    const good = await city.as('secadmin', 'POST', `/api/sso/connectors/${ids[kind]}/test`);
    expect(good.body.steps.every(({ ok }: { ok: boolean }) => ok)).toBe(true);
    const made = await city.as('sysadmin', 'POST', '/api/sso/connectors', inputs[kind]('wrong'));
    const bad = await city.as('sysadmin', 'POST', `/api/sso/connectors/${made.body.id}/test`);
    expect(bad.body.steps).toMatchObject([{ ok: false }]);
    expect(JSON.stringify(bad.body)).not.toContain('wrong');
  });
});

describe('application tokens', () => {
  it('are asked for once for many sign-ins, and again after the service took them back', async () => {
    const before = wecom.tokens;
    await Promise.all([1, 2, 3].map(() => pass('wecom', `code=${wecom.code('wang')}`)));
    expect(wecom.tokens - before).toBeLessThanOrEqual(1);
    wecom.revokeTokens();
    expect((await pass('wecom', `code=${wecom.code('wang')}`)).code).toBe('auth.sso_bad_answer');
    expect((await pass('wecom', `code=${wecom.code('wang')}`)).location).toBe('/');
    await city.app.advance(3 * 3_600_000);
    const later = wecom.tokens;
    await pass('wecom', `code=${wecom.code('wang')}`);
    expect(wecom.tokens).toBe(later + 1);
  });
});

describe('somebody who does not belong to the organisation', () => {
  it.each([
    ['wecom', 'an outsider', () => `code=${wecom.code('outsider')}`],
    ['wecom', 'a member who left', () => `code=${wecom.code('left')}`],
    ['dingtalk', 'anybody with DingTalk', () => `authCode=${dingtalk.code('u-anybody')}`],
    ['dingtalk', 'a member who never joined', () => `authCode=${dingtalk.code('u-off')}`],
  ] as const)('stays out of %s: %s', async (kind, _who, code) => {
    const { code: answer, browser } = await pass(kind, code());
    expect(answer).toBe('auth.sso_not_member');
    expect(await browser.user()).toBeNull();
  });
});
