/** A fake of DingTalk's sign-in API, true to its documented answers: person's token, contact/users/me, members. */
import { newSecret } from '#base/id';
import { bodyOf, listen, type Peer, sendJson } from './listen.ts';

interface Member {
  userid: string;
  unionid: string;
  name: string;
  mobile?: string;
  job_number?: string;
  active: boolean;
}

export interface FakeDingtalk extends Peer {
  /** Members of the organisation by union id. */
  readonly members: Map<string, Member>;
  code(unionId: string): string;
  tokens: number;
}

export async function fakeDingtalk(clientId: string, secret: string): Promise<FakeDingtalk> {
  const codes = new Map<string, string>();
  const persons = new Map<string, string>();
  const apps = new Set<string>();
  const peer = await listen(async (request, url, response) => {
    const refuse = (code: string, message: string, status = 400) =>
      sendJson(response, { code, message }, status);
    const text = await bodyOf(request);
    const body = (text === '' ? {} : JSON.parse(text)) as Record<string, string>;
    if (url.pathname === '/v1.0/oauth2/accessToken') {
      if (body.appKey !== clientId || body.appSecret !== secret) return refuse('invalidClientSecret', 'no');
      fake.tokens += 1;
      const accessToken = newSecret();
      apps.add(accessToken);
      return sendJson(response, { accessToken, expireIn: 7200 });
    }
    if (url.pathname === '/v1.0/oauth2/userAccessToken') {
      const union = codes.get(body.code ?? '');
      codes.delete(body.code ?? '');
      const isOurs = body.clientId === clientId && body.clientSecret === secret;
      if (!isOurs || union === undefined || body.grantType !== 'authorization_code') {
        return refuse('invalidParameter.authCode.notFound', 'no such code');
      }
      const accessToken = newSecret();
      persons.set(accessToken, union);
      return sendJson(response, { accessToken, refreshToken: newSecret(), expireIn: 7200 });
    }
    if (url.pathname === '/v1.0/contact/users/me') {
      const union = persons.get(String(request.headers['x-acs-dingtalk-access-token']));
      if (union === undefined) return refuse('Forbidden.AccessDenied', 'no', 403);
      return sendJson(response, { nick: '昵称', unionId: union, openId: `o-${union}` });
    }
    if (!apps.has(url.searchParams.get('access_token') ?? '')) {
      return sendJson(response, { errcode: 40014, errmsg: 'invalid access_token' });
    }
    const byUnion = fake.members.get(body.unionid ?? '');
    if (url.pathname === '/topapi/user/getbyunionid') {
      return byUnion
        ? sendJson(response, { errcode: 0, result: { contact_type: 0, userid: byUnion.userid } })
        : sendJson(response, { errcode: 60121, errmsg: 'user not found' });
    }
    const member = [...fake.members.values()].find(({ userid }) => userid === body.userid);
    return sendJson(
      response,
      member ? { errcode: 0, result: member } : { errcode: 33012, errmsg: 'no user' },
    );
  });
  const fake: FakeDingtalk = {
    ...peer,
    members: new Map(),
    tokens: 0,
    code: (unionId) => {
      const code = newSecret();
      codes.set(code, unionId);
      return code;
    },
  };
  return fake;
}
