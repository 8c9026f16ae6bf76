/** 浙政钉 (the government edition of DingTalk): signed requests; code → application token → account. */
import { createHmac, randomInt } from 'node:crypto';
import type { z } from 'zod';
import { fail } from '#base/errors';
import type { TestStep, zwddFields } from '../contract.ts';
import { appToken, forgetToken } from './app-token.ts';
import { codeOf, withQuery } from './code-flow.ts';
import type { Callback, ExternalIdentity, IdentityProvider, ProviderSetting } from './identity-provider.ts';
import { askJson, objectOf, textOf } from './provider-http.ts';
import { stepDone, stepFailed } from './test-steps.ts';

type Setting = ProviderSetting<z.output<typeof zwddFields>>;

export function zwddProvider(setting: Setting, now: () => number): IdentityProvider {
  const { settings, callbackUrl } = setting;
  return {
    start: async (flow) =>
      withQuery(settings.authorizeUrl, {
        response_type: 'code',
        client_id: settings.clientId,
        redirect_uri: callbackUrl,
        scope: 'get_user_info',
        authType: 'QRCODE',
        state: flow.state,
      }),
    finish: (callback) => finish(setting, now, callback),
    test: () => test(setting, now),
  };
}

/** Signature of the open platform: method, time, nonce, path and the sorted parameters under the secret. */
export function signZwdd(
  secret: string,
  parts: {
    method: string;
    timestamp: string;
    nonce: string;
    path: string;
    params: Readonly<Record<string, string>>;
  },
): string {
  const { method, timestamp, nonce, path, params } = parts;
  const sorted = Object.entries(params)
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join('&');
  const text = [method, timestamp, nonce, path, ...(sorted === '' ? [] : [sorted])].join('\n');
  return createHmac('sha256', secret).update(text).digest('base64');
}

async function ask(
  setting: Setting,
  now: () => number,
  method: 'GET' | 'POST',
  path: string,
  params: Readonly<Record<string, string>>,
): Promise<Record<string, unknown>> {
  const { settings, secret } = setting;
  const base = settings.apiUrl.replace(/\/+$/, '');
  const at = now();
  // The platform wants local time with its offset: China has one zone and no summer time.
  const timestamp = `${new Date(at + 8 * 3_600_000).toISOString().slice(0, -1)}+08:00`;
  const nonce = `${at}${randomInt(1000, 10_000)}`;
  const headers = {
    apiKey: settings.appKey,
    'X-Hmac-Auth-Version': '1.0',
    'X-Hmac-Auth-Timestamp': timestamp,
    'X-Hmac-Auth-Nonce': nonce,
    'X-Hmac-Auth-Signature': signZwdd(secret, { method, timestamp, nonce, path, params }),
  };
  const form = new URLSearchParams(params).toString();
  const reply = await askJson(
    { url: settings.apiUrl, internalAddress: settings.internalAddress },
    method === 'GET' ? `${base}${path}?${form}` : `${base}${path}`,
    method === 'GET'
      ? { headers }
      : { method, headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' }, body: form },
  );
  return contentOf(setting, reply);
}

function contentOf(setting: Setting, reply: Record<string, unknown>): Record<string, unknown> {
  const content = objectOf(reply.content);
  if (reply.success === true && content.success === true) return objectOf(content.data);
  const told = textOf(content.responseMessage, 200) ?? textOf(reply.errorMsg ?? reply.Message, 200) ?? '';
  if (/token/i.test(told)) forgetToken(setting.versionId);
  return fail('auth.sso_bad_answer', { reason: `浙政钉 ${textOf(content.responseCode, 60) ?? ''}: ${told}` });
}

function tokenOf(setting: Setting, now: () => number): Promise<string> {
  return appToken(setting.versionId, now, async () => {
    const { appKey } = setting.settings;
    const data = await ask(setting, now, 'GET', '/gettoken.json', {
      appkey: appKey,
      appsecret: setting.secret,
    });
    const token =
      textOf(data.accessToken, 1024) ?? fail('auth.sso_bad_answer', { reason: '浙政钉: no accessToken' });
    return { token, seconds: Number(data.expiresIn) || 0 };
  });
}

async function finish(setting: Setting, now: () => number, callback: Callback): Promise<ExternalIdentity> {
  const code = codeOf(callback, 'code');
  const token = await tokenOf(setting, now);
  const who = await ask(setting, now, 'POST', '/rpc/oauth2/getuserinfo_bycode.json', {
    access_token: token,
    code,
  });
  const subject =
    textOf(who.accountId, 100) ?? fail('auth.sso_bad_answer', { reason: '浙政钉: no accountId' });
  const realm = textOf(who.realmId, 100) ?? fail('auth.sso_not_member');
  const employeeNo = textOf(who.employeeCode, 60);
  return {
    issuer: `zwdd:${setting.settings.clientId}:${realm}`,
    subject,
    displayName: textOf(who.nickNameCn, 80) ?? textOf(who.lastName, 80) ?? subject,
    ...(employeeNo && { employeeNo }),
  };
}

async function test(setting: Setting, now: () => number): Promise<TestStep[]> {
  try {
    forgetToken(setting.versionId);
    await tokenOf(setting, now);
    return [
      stepDone('应用标识和密钥正确，取到了应用令牌', 'Key and secret are accepted'),
      stepDone('请在浙政钉开放平台登记回调地址', 'Register the callback address on the open platform'),
    ];
  } catch (error) {
    return [stepFailed(error)];
  }
}
