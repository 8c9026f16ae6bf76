/** DingTalk 钉钉: code → person's token → union id; the organisation must know that union id as a member. */
import type { z } from 'zod';
import { fail } from '#base/errors';
import type { dingtalkFields, TestStep } from '../contract.ts';
import { appToken, forgetToken } from './app-token.ts';
import { codeOf, withQuery } from './code-flow.ts';
import type { Callback, ExternalIdentity, IdentityProvider, ProviderSetting } from './identity-provider.ts';
import { askJson, objectOf, postJson, textOf } from './provider-http.ts';
import { stepDone, stepFailed } from './test-steps.ts';

type Setting = ProviderSetting<z.output<typeof dingtalkFields>>;

/** The union id belongs to nobody of this organisation. */
const notFound: readonly unknown[] = [60121, 33012];

export function dingtalkProvider(setting: Setting, now: () => number): IdentityProvider {
  const { settings, callbackUrl } = setting;
  return {
    start: async (flow) =>
      withQuery(settings.authorizeUrl, {
        response_type: 'code',
        client_id: settings.clientId,
        redirect_uri: callbackUrl,
        scope: 'openid',
        state: flow.state,
        prompt: 'consent',
      }),
    finish: (callback) => finish(setting, now, callback),
    test: () => test(setting, now),
  };
}

function hostOf({ settings }: Setting) {
  return { url: settings.apiUrl, internalAddress: settings.internalAddress };
}

function api({ settings }: Setting, path: string): string {
  return `${settings.apiUrl.replace(/\/+$/, '')}${path}`;
}

/** Token of the application: for questions about members. */
function tokenOf(setting: Setting, now: () => number): Promise<string> {
  return appToken(setting.versionId, now, async () => {
    const body = { appKey: setting.settings.clientId, appSecret: setting.secret };
    const reply = await postJson(hostOf(setting), api(setting, '/v1.0/oauth2/accessToken'), body);
    const token =
      textOf(reply.accessToken, 1024) ?? fail('auth.sso_bad_answer', { reason: 'DingTalk: no accessToken' });
    return { token, seconds: Number(reply.expireIn) || 0 };
  });
}

async function finish(setting: Setting, now: () => number, callback: Callback): Promise<ExternalIdentity> {
  const code = codeOf(callback, 'authCode');
  const { settings, secret } = setting;
  const grant = await postJson(hostOf(setting), api(setting, '/v1.0/oauth2/userAccessToken'), {
    clientId: settings.clientId,
    clientSecret: secret,
    code,
    grantType: 'authorization_code',
  });
  const personToken =
    textOf(grant.accessToken, 1024) ?? fail('auth.sso_bad_answer', { reason: 'DingTalk: no token' });
  const me = await askJson(hostOf(setting), api(setting, '/v1.0/contact/users/me'), {
    headers: { 'x-acs-dingtalk-access-token': personToken },
  });
  const subject = textOf(me.unionId, 100) ?? fail('auth.sso_bad_answer', { reason: 'DingTalk: no unionId' });
  // Anybody with DingTalk on a phone comes as far as this.
  const member = await memberOf(setting, now, subject);
  const phone = textOf(member.mobile, 30);
  const employeeNo = textOf(member.job_number, 60);
  return {
    issuer: `dingtalk:${settings.clientId}`,
    subject,
    displayName: textOf(member.name, 80) ?? textOf(me.nick, 80) ?? subject,
    ...(phone && { phone }),
    ...(employeeNo && { employeeNo }),
  };
}

async function memberOf(
  setting: Setting,
  now: () => number,
  unionId: string,
): Promise<Record<string, unknown>> {
  const token = await tokenOf(setting, now);
  const found = await ask(setting, '/topapi/user/getbyunionid', token, { unionid: unionId });
  const userid = textOf(objectOf(found.result).userid, 100) ?? fail('auth.sso_not_member');
  const member = objectOf((await ask(setting, '/topapi/v2/user/get', token, { userid })).result);
  if (textOf(member.unionid, 100) !== unionId)
    fail('auth.sso_bad_answer', { reason: 'DingTalk: another user' });
  if (member.active === false) fail('auth.sso_not_member');
  return member;
}

async function ask(setting: Setting, path: string, token: string, body: object) {
  const { oapiUrl: url, internalAddress } = setting.settings;
  const address = withQuery(`${url.replace(/\/+$/, '')}${path}`, { access_token: token });
  const reply = await postJson({ url, internalAddress }, address, body);
  if (reply.errcode === 0) return reply;
  if (notFound.includes(reply.errcode)) fail('auth.sso_not_member');
  // 40014, 42001: the token is not valid any more.
  if (reply.errcode === 40014 || reply.errcode === 42001) forgetToken(setting.versionId);
  return fail('auth.sso_bad_answer', {
    reason: `DingTalk ${String(reply.errcode)}: ${textOf(reply.errmsg, 200) ?? ''}`,
  });
}

async function test(setting: Setting, now: () => number): Promise<TestStep[]> {
  try {
    forgetToken(setting.versionId);
    await tokenOf(setting, now);
    return [
      stepDone('应用编号和密钥正确，取到了应用令牌', 'Client id and secret are accepted'),
      stepDone(
        '请在钉钉开放平台登记回调地址，并开通“通讯录个人信息读”和“成员信息读”权限',
        'Register the callback address in DingTalk and grant the rights to read members',
      ),
    ];
  } catch (error) {
    return [stepFailed(error)];
  }
}
