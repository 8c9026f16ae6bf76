/** A fake of 浙政钉's open platform: signed requests checked, application token, code good once. */
import { createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { newSecret } from '#base/id';
import { bodyOf, listen, type Peer, sendJson } from './listen.ts';

interface Person {
  accountId: number;
  realmId: number;
  nickNameCn: string;
  employeeCode?: string;
}

export interface FakeZwdd extends Peer {
  code(person: Person): string;
  tokens: number;
}

export async function fakeZwdd(appKey: string, secret: string): Promise<FakeZwdd> {
  const codes = new Map<string, Person>();
  const valid = new Set<string>();
  const peer = await listen(async (request, url, response) => {
    const text = request.method === 'POST' ? await bodyOf(request) : url.search.slice(1);
    const params = new URLSearchParams(text);
    if (request.headers.apikey !== appKey || signature(request, url.pathname, params) !== sent(request)) {
      return sendJson(response, {
        success: false,
        Code: 'OPF-B001-05-16-0009',
        Message: 'SignatureDoesNotMatch',
      });
    }
    const send = (data: object) =>
      sendJson(response, { success: true, content: { success: true, responseCode: '0', data } });
    const fail = (message: string) =>
      sendJson(response, {
        success: true,
        content: { success: false, responseMessage: message, responseCode: '1' },
      });
    if (url.pathname === '/gettoken.json') {
      fake.tokens += 1;
      const accessToken = newSecret();
      valid.add(accessToken);
      return send({ accessToken, expiresIn: '7200' });
    }
    if (!valid.has(params.get('access_token') ?? '')) return fail('token is invalid');
    const person = codes.get(params.get('code') ?? '');
    codes.delete(params.get('code') ?? '');
    return person ? send(person) : fail('code not found');
  });
  // Written apart from the adapter's: two readings of one document must agree.
  function signature(request: IncomingMessage, path: string, params: URLSearchParams): string {
    params.sort();
    const list = [...params].map(([name, value]) => `${name}=${value}`).join('&');
    const { 'x-hmac-auth-timestamp': time, 'x-hmac-auth-nonce': nonce } = request.headers;
    return createHmac('sha256', secret)
      .update(
        `${request.method}\n${String(time)}\n${String(nonce)}\n${path}${list === '' ? '' : `\n${list}`}`,
      )
      .digest('base64');
  }
  const sent = (request: IncomingMessage) => String(request.headers['x-hmac-auth-signature']);
  const fake: FakeZwdd = {
    ...peer,
    tokens: 0,
    code: (person) => {
      const code = newSecret();
      codes.set(code, person);
      return code;
    },
  };
  return fake;
}
