/** Pure decisions about sessions: what one may do, and what its device is called. */
import type { Config } from '#base/config';

/** Roles whose holders could undo everybody's protection. */
const administrators = ['system_admin', 'security_admin', 'audit_admin'];
/** Permissions that open a person's name. */
const opensNames = ['trace.reveal_request', 'trace.reveal_approve'];

/** Whether these rights need a second factor (`secondFactor: required`). */
export function needsFactor(
  config: Pick<Config, 'secondFactor'>,
  roles: readonly string[],
  permissions: ReadonlySet<string>,
): boolean {
  if (config.secondFactor !== 'required') return false;
  return (
    roles.some((role) => administrators.includes(role)) || opensNames.some((one) => permissions.has(one))
  );
}

interface Standing {
  readonly must_change_password: boolean;
  readonly password_expired: boolean;
  readonly method: string;
  readonly second_factor_at: Date | null;
  readonly has_factor: boolean;
}

/**
 * The error that a session's every act gets until its owner has done what comes first; undefined: nothing does.
 * The factor comes before the password: whoever holds only a stolen first password must not set the next one.
 */
export function limitOf(session: Standing, factorNeeded: boolean): string | undefined {
  if (session.has_factor && !session.second_factor_at && factorNeeded) return 'auth.factor_needed';
  // Who came through another system may never have had a password of ours.
  if (!session.method.startsWith('sso:')) {
    if (session.must_change_password) return 'auth.password_expired';
    if (session.password_expired) return 'auth.password_too_old';
  }
  if (factorNeeded && !session.has_factor) return 'auth.factor_enrol';
  return undefined;
}

const browsers: readonly [RegExp, string][] = [
  [/\bEdgA?\/(\d+)/, 'Edge'],
  [/\b(?:QQBrowser|MQQBrowser)\/(\d+)/, 'QQ 浏览器'],
  [/\bMicroMessenger\/(\d+)/, '微信'],
  [/\bDingTalk\/(\d+)/, '钉钉'],
  [/\bFirefox\/(\d+)/, 'Firefox'],
  [/\bChrome\/(\d+)/, 'Chrome'],
  [/\bVersion\/(\d+)[.\d]* (?:Mobile\/\S+ )?Safari\//, 'Safari'],
  [/\bcurl\/(\d+)/, 'curl'],
];
const systems: readonly [RegExp, string][] = [
  [/\bHarmonyOS\b|\bOpenHarmony\b/, 'HarmonyOS'],
  [/\bAndroid\b/, 'Android'],
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
];

/** `Chrome 140 · Windows`: enough for a person to recognise a device of theirs; the raw text when nothing fits. */
export function deviceName(userAgent: string): string {
  const browser = browsers.map(([pattern, name]) => {
    const version = pattern.exec(userAgent)?.[1];
    return version === undefined ? undefined : `${name} ${version}`;
  });
  const system = systems.find(([pattern]) => pattern.test(userAgent))?.[1];
  const parts = [browser.find((one) => one !== undefined), system].filter((one) => one !== undefined);
  return parts.length > 0 ? parts.join(' · ') : userAgent.slice(0, 60);
}
