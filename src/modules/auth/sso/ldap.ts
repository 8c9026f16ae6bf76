/** LDAP and Active Directory: find the entry with a service account, then bind as it with the typed password. */
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { Client, type Entry, InvalidCredentialsError, ResultCodeError } from 'ldapts';
import type { z } from 'zod';
import { fail, isAppError } from '#base/errors';
import { newSecret } from '#base/id';
import type { ldapFields, TestStep } from '../contract.ts';
import type { ExternalIdentity, IdentityProvider, ProviderSetting } from './identity-provider.ts';
import { addressOf, textOf } from './provider-http.ts';
import { stepDone, stepFailed } from './test-steps.ts';

type Settings = z.output<typeof ldapFields>;
type Setting = ProviderSetting<Settings>;

const timeoutMs = 10_000;

export function ldapProvider(setting: Setting): IdentityProvider {
  return {
    start: async () => 'form',
    finish: async (callback) => {
      if (callback.kind !== 'form') fail('auth.sso_bad_answer', { reason: 'not a form' });
      return signIn(setting, callback.username, callback.password);
    },
    test: () => test(setting),
  };
}

/** RFC 4515 §3: what would be syntax in a filter stands there as its code. */
export function escapeFilterValue(text: string): string {
  return text.replace(/[\\*()\0]/g, (sign) => `\\${sign.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

async function signIn(setting: Setting, username: string, password: string): Promise<ExternalIdentity> {
  // RFC 4513 §5.1.2: a bind with a name and no password succeeds, as nobody. It proves nothing.
  if (password === '' || username === '' || username.includes('\0') || password.includes('\0')) {
    fail('auth.bad_credentials');
  }
  return connected(setting, async (client) => {
    await bindService(client, setting);
    const entry = await findEntry(client, setting, username);
    // A name that is not there costs one bind too: the time tells nothing about which names exist.
    await bindPerson(client, entry?.dn ?? `cn=${newSecret()},${setting.settings.baseDn}`, password);
    if (!entry) fail('auth.bad_credentials');
    return identityOf(entry, setting.settings);
  });
}

/** Opens a connection that is encrypted before any password crosses it, and closes it in the end. */
async function connected<T>(setting: Setting, work: (client: Client) => Promise<T>): Promise<T> {
  const { settings } = setting;
  const url = new URL(settings.url);
  const address = await addressOf(url.hostname, settings.internalAddress);
  const port = url.port || (url.protocol === 'ldaps:' ? '636' : '389');
  const tls = tlsOptions(url.hostname, settings.caPem);
  const client = new Client({
    url: `${url.protocol}//${isIP(address) === 6 ? `[${address}]` : address}:${port}`,
    timeout: timeoutMs,
    connectTimeout: timeoutMs,
    strictDN: false,
    ...(url.protocol === 'ldaps:' && { tlsOptions: tls }),
  });
  try {
    // On a socket that is open already, `host` is only the name to check when there is no server name.
    if (settings.startTls) await client.startTLS({ ...tls, host: url.hostname });
    return await work(client);
  } catch (error) {
    return refuse(error);
  } finally {
    // A connection that broke cannot be closed once more; what matters was said above.
    await client.unbind().catch(() => undefined);
  }
}

/** The certificate must be for the name in the settings, whatever address the connection goes to. */
function tlsOptions(hostname: string, caPem: string | undefined): ConnectionOptions {
  return {
    ...(isIP(hostname) === 0 && { servername: hostname }),
    ...(caPem && { ca: caPem }),
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
  };
}

async function bindService(client: Client, { settings, secret }: Setting): Promise<void> {
  try {
    await client.bind(settings.bindDn, secret);
  } catch (error) {
    if (!(error instanceof InvalidCredentialsError)) throw error;
    fail(
      'auth.sso_bad_answer',
      { reason: 'the service account was refused', code: 'auth.bad_credentials' },
      error,
    );
  }
}

async function bindPerson(client: Client, dn: string, password: string): Promise<void> {
  try {
    await client.bind(dn, password);
  } catch (error) {
    // Wrong password, no such entry, locked, not allowed to bind: one answer for all.
    if (error instanceof ResultCodeError) fail('auth.bad_credentials', {}, error);
    throw error;
  }
}

async function findEntry(
  client: Client,
  { settings }: Setting,
  username: string,
): Promise<Entry | undefined> {
  const { subjectAttribute, nameAttribute, employeeNoAttribute, phoneAttribute } = settings;
  const { searchEntries } = await client.search(settings.baseDn, {
    scope: 'sub',
    filter: settings.filter.replace('{username}', () => escapeFilterValue(username)),
    attributes: [subjectAttribute, nameAttribute, employeeNoAttribute, phoneAttribute],
    explicitBufferAttributes: ['objectGUID'],
    sizeLimit: 2,
    timeLimit: 10,
  });
  // Two entries of one name: nobody can tell which person it is.
  return searchEntries.length === 1 ? searchEntries[0] : undefined;
}

function identityOf(entry: Entry, settings: Settings): ExternalIdentity {
  const subject = subjectOf(entry[settings.subjectAttribute]);
  if (!subject) fail('auth.sso_bad_answer', { reason: `the entry has no ${settings.subjectAttribute}` });
  const phone = firstText(entry[settings.phoneAttribute]);
  const employeeNo = firstText(entry[settings.employeeNoAttribute]);
  return {
    issuer: `ldap:${settings.baseDn.toLowerCase()}`,
    subject,
    displayName: firstText(entry[settings.nameAttribute]) ?? subject,
    ...(phone && { phone }),
    ...(employeeNo && { employeeNo }),
  };
}

type Value = Entry[string] | undefined;

function subjectOf(value: Value): string | undefined {
  const first = Array.isArray(value) ? value[0] : value;
  return Buffer.isBuffer(first)
    ? first.length === 16
      ? first.toString('hex')
      : undefined
    : textOf(first, 100);
}

function firstText(value: Value): string | undefined {
  const first = Array.isArray(value) ? value[0] : value;
  return textOf(Buffer.isBuffer(first) ? first.toString('utf8') : first, 80);
}

function refuse(error: unknown): never {
  if (isAppError(error)) throw error;
  const { message, code } = error as { message?: string; code?: unknown };
  if (error instanceof ResultCodeError) {
    fail('auth.sso_bad_answer', { reason: `LDAP ${error.code}: ${message}`.slice(0, 300) }, error);
  }
  const isTls = /certificate|self.signed|altname|UNABLE_TO|CERT_/i.test(`${String(code)} ${message}`);
  const kind = isTls ? 'outbound.tls_untrusted' : 'outbound.connect_failed';
  return fail('auth.sso_unreachable', { code: kind, reason: String(message).slice(0, 300) }, error);
}

async function test(setting: Setting): Promise<TestStep[]> {
  const steps: TestStep[] = [];
  try {
    await connected(setting, async (client) => {
      await bindService(client, setting);
      steps.push(
        stepDone(
          '已加密连接，服务账号登录成功',
          'Connected with encryption; the service account is accepted',
        ),
      );
      // Nobody has this name: the search shows that base and filter are understood.
      await findEntry(client, setting, `jiaodun-test-${newSecret().slice(0, 8)}`);
      steps.push(stepDone('可以在查询起点下按过滤条件查询', 'Base and filter of the search are understood'));
    });
  } catch (error) {
    steps.push(stepFailed(error));
  }
  return steps;
}
