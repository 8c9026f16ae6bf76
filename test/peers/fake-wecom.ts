/** A fake of WeCom's sign-in API, true to its documented answers: gettoken, auth/getuserinfo, user/get. */
import { newSecret } from '#base/id';
import { listen, type Peer, sendJson } from './listen.ts';

interface Member {
  userid: string;
  name: string;
  mobile?: string;
  status: number;
}

export interface FakeWecom extends Peer {
  readonly members: Map<string, Member>;
  /** A code for a member, or with an unknown id for an outsider, who has an open id only. */
  code(userid: string): string;
  /** How often an application token was asked for. */
  tokens: number;
  /** Takes every application token back, as a change of the secret does. */
  revokeTokens(): void;
}

export async function fakeWecom(corpId: string, secret: string): Promise<FakeWecom> {
  const codes = new Map<string, string>();
  const valid = new Set<string>();
  const peer = await listen((_request, url, response) => {
    const query = url.searchParams;
    const send = (errcode: number, errmsg: string, more = {}) =>
      sendJson(response, { errcode, errmsg, ...more });
    if (url.pathname === '/cgi-bin/gettoken') {
      if (query.get('corpid') !== corpId) return send(40013, 'invalid corpid');
      if (query.get('corpsecret') !== secret) return send(40001, 'invalid credential');
      fake.tokens += 1;
      const access_token = newSecret();
      valid.add(access_token);
      return send(0, 'ok', { access_token, expires_in: 7200 });
    }
    if (!valid.has(query.get('access_token') ?? '')) return send(40014, 'invalid access_token');
    if (url.pathname === '/cgi-bin/auth/getuserinfo') {
      const userid = codes.get(query.get('code') ?? '');
      codes.delete(query.get('code') ?? '');
      if (userid === undefined) return send(40029, 'invalid code');
      return fake.members.has(userid) ? send(0, 'ok', { userid }) : send(0, 'ok', { openid: `o-${userid}` });
    }
    const member = fake.members.get(query.get('userid') ?? '');
    return member ? send(0, 'ok', member) : send(60111, 'userid not found');
  });
  const fake: FakeWecom = {
    ...peer,
    members: new Map(),
    tokens: 0,
    code: (userid) => {
      const code = newSecret();
      codes.set(code, userid);
      return code;
    },
    revokeTokens: () => valid.clear(),
  };
  return fake;
}
