/** CAS Protocol 3.0. The service address is compared by the server letter by letter, so it is made in one place. */
import type { z } from 'zod';
import { fail } from '#base/errors';
import { newSecret } from '#base/id';
import type { casFields, TestStep } from '../contract.ts';
import { type CasSuccess, isServiceTicket, readCasJson, readCasXml } from './cas-reply.ts';
import type { Callback, ExternalIdentity, IdentityProvider, ProviderSetting } from './identity-provider.ts';
import { askJson, askProvider } from './provider-http.ts';
import { stepDone, stepFailed } from './test-steps.ts';

type Setting = ProviderSetting<z.output<typeof casFields>>;

export function casProvider(setting: Setting): IdentityProvider {
  return {
    start: async (flow) => at(setting, 'login', { service: serviceOf(setting, flow.state) }),
    finish: (callback) => finish(setting, callback),
    endUrl: async (_idToken, returnTo) => at(setting, 'logout', { service: returnTo }),
    test: () => test(setting),
  };
}

function at({ settings }: Setting, path: string, query: Readonly<Record<string, string>>): URL {
  const url = new URL(`${settings.serverUrl.replace(/\/+$/, '')}/${path}`);
  url.search = new URLSearchParams(query).toString();
  return url;
}

/** CAS has no `state`: it travels in the service address, which a ticket is valid for alone. */
function serviceOf({ callbackUrl }: Setting, state: string): string {
  return `${callbackUrl}?state=${encodeURIComponent(state)}`;
}

async function finish(setting: Setting, callback: Callback): Promise<ExternalIdentity> {
  if (callback.kind !== 'redirect') fail('auth.sso_bad_answer', { reason: 'not a redirect' });
  const tickets = callback.query.getAll('ticket');
  if (tickets.length === 0) fail('auth.sso_declined', { reason: 'no ticket' });
  const [ticket = ''] = tickets;
  if (tickets.length !== 1 || !isServiceTicket(ticket)) {
    fail('auth.sso_bad_answer', { reason: 'not one service ticket' });
  }
  const { user, attributes } = await validate(setting, serviceOf(setting, callback.flow.state), ticket);
  const { settings } = setting;
  const phone = attributes[settings.phoneAttribute];
  const employeeNo = attributes[settings.employeeNoAttribute];
  return {
    issuer: `cas:${settings.serverUrl.replace(/\/+$/, '')}`,
    subject: user,
    displayName: attributes[settings.nameAttribute] ?? user,
    ...(phone && { phone }),
    ...(employeeNo && { employeeNo }),
    ticket,
  };
}

async function validate(setting: Setting, service: string, ticket: string): Promise<CasSuccess> {
  const { serverUrl: url, internalAddress, caPem, format } = setting.settings;
  const host = { url, internalAddress, caPem };
  if (format === 'json') {
    return readCasJson(
      await askJson(host, at(setting, 'p3/serviceValidate', { service, ticket, format: 'JSON' })),
    );
  }
  const reply = await askProvider(host, at(setting, 'p3/serviceValidate', { service, ticket }));
  if (reply.status !== 200) fail('auth.sso_bad_answer', { reason: `CAS: HTTP ${reply.status}` });
  return readCasXml(Buffer.from(reply.body).toString('utf8'));
}

/** A ticket that nobody issued must be refused in the protocol's own words: that shows a CAS 3 server. */
async function test(setting: Setting): Promise<TestStep[]> {
  try {
    const ticket = `ST-0-${newSecret()}`;
    const answer = await validate(setting, serviceOf(setting, 'test'), ticket).catch((error) => {
      if (/^CAS: ticket refused: ./.test(String(error?.details?.reason))) return undefined;
      throw error;
    });
    if (answer) fail('auth.sso_bad_answer', { reason: 'it accepts a ticket that it never issued' });
    return [
      stepDone(
        '连上了 CAS 服务器，它正确拒绝了一张假票据',
        'The CAS server answers and refuses a made-up ticket',
      ),
      stepDone('请在 CAS 里登记本系统的回调地址', 'Register our callback address as a service there'),
    ];
  } catch (error) {
    return [stepFailed(error)];
  }
}
