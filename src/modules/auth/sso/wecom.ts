/** WeCom 企业微信, sign-in of an enterprise's own application: code → application token → user id. */
import type { z } from 'zod';
import { fail } from '#base/errors';
import type { TestStep, wecomFields } from '../contract.ts';
import { appToken, forgetToken } from './app-token.ts';
import { codeOf, withQuery } from './code-flow.ts';
import type { Callback, ExternalIdentity, IdentityProvider, ProviderSetting } from './identity-provider.ts';
import { askJson, textOf } from './provider-http.ts';
import { stepDone, stepFailed } from './test-steps.ts';

type Setting = ProviderSetting<z.output<typeof wecomFields>>;

/** The application token expired or was taken back: 40014, 42001. */
const tokenFaults: readonly unknown[] = [40014, 42001];

export function wecomProvider(setting: Setting, now: () => number): IdentityProvider {
  const { settings, callbackUrl } = setting;
  return {
    start: async (flow) =>
      withQuery(settings.authorizeUrl, {
        login_type: 'CorpApp',
        appid: settings.corpId,
        agentid: settings.agentId,
        redirect_uri: callbackUrl,
        state: flow.state,
      }),
    finish: (callback) => finish(setting, now, callback),
    test: () => test(setting, now),
  };
}

async function ask(setting: Setting, path: string, query: Readonly<Record<string, string>>) {
  const { apiUrl: url, internalAddress } = setting.settings;
  const reply = await askJson(
    { url, internalAddress },
    withQuery(`${url.replace(/\/+$/, '')}${path}`, query),
  );
  if (reply.errcode === 0) return reply;
  if (tokenFaults.includes(reply.errcode)) forgetToken(setting.versionId);
  const reason = `WeCom ${String(reply.errcode)}: ${textOf(reply.errmsg, 200) ?? ''}`;
  return fail('auth.sso_bad_answer', { reason });
}

function tokenOf(setting: Setting, now: () => number): Promise<string> {
  return appToken(setting.versionId, now, async () => {
    const reply = await ask(setting, '/cgi-bin/gettoken', {
      corpid: setting.settings.corpId,
      corpsecret: setting.secret,
    });
    const token =
      textOf(reply.access_token, 1024) ?? fail('auth.sso_bad_answer', { reason: 'WeCom: no access_token' });
    return { token, seconds: Number(reply.expires_in) || 0 };
  });
}

async function finish(setting: Setting, now: () => number, callback: Callback): Promise<ExternalIdentity> {
  const code = codeOf(callback, 'code');
  const token = await tokenOf(setting, now);
  const who = await ask(setting, '/cgi-bin/auth/getuserinfo', { access_token: token, code });
  // Somebody from outside the enterprise has an open id and no user id.
  const subject = textOf(who.userid ?? who.UserId, 64) ?? fail('auth.sso_not_member');
  const more = await ask(setting, '/cgi-bin/user/get', { access_token: token, userid: subject });
  if (textOf(more.userid, 64) !== subject) fail('auth.sso_bad_answer', { reason: 'WeCom: another user' });
  // Status 1: active; 2: disabled; 4: never joined; 5: left.
  if (more.status !== undefined && more.status !== 1) fail('auth.sso_not_member');
  const phone = textOf(more.mobile, 30);
  return {
    issuer: `wecom:${setting.settings.corpId}`,
    subject,
    displayName: textOf(more.name, 80) ?? subject,
    ...(phone && { phone }),
  };
}

async function test(setting: Setting, now: () => number): Promise<TestStep[]> {
  try {
    forgetToken(setting.versionId);
    await tokenOf(setting, now);
    return [
      stepDone('企业编号和应用密钥正确，取到了应用令牌', 'Corp id and secret are accepted'),
      stepDone(
        '请在企业微信应用里登记“可信域名”和回调域名',
        'Register the callback domain in the WeCom application',
      ),
    ];
  } catch (error) {
    return [stepFailed(error)];
  }
}
