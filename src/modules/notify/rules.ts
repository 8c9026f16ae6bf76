/** Pure decisions about messages: which ways, when, and what comes after a failure. */
import type { ChannelKind, Language, MessageKind, OuterKind, Preference } from './contract.ts';
import { mandatoryKinds } from './contract.ts';

/** Text that is the same in both languages, or one for each. */
export type Words = string | { readonly zh: string; readonly en: string };

export function wordsIn(words: Words, language: Language): string {
  return typeof words === 'string' ? words : words[language];
}

export const kindNames: Readonly<Record<MessageKind, { zh: string; en: string }>> = {
  incident: { zh: '安全事件', en: 'incident' },
  obligation: { zh: '报告时限', en: 'obligation' },
  task: { zh: '待办', en: 'task' },
  finding: { zh: '问题整改', en: 'finding' },
  certificate: { zh: '证书到期', en: 'certificate' },
  account: { zh: '账号与权限', en: 'account' },
  system: { zh: '系统运行', en: 'system' },
  notice: { zh: '通知', en: 'notice' },
};

type Personal = 'app' | 'mail' | 'sms';

/** Short messages cost money and wake people: by default only what has a legal clock. */
const defaultWays: Readonly<Record<MessageKind, readonly Personal[]>> = {
  incident: ['app', 'mail', 'sms'],
  obligation: ['app', 'mail', 'sms'],
  // The tasks module reminds a person once a day at most.
  task: ['app', 'mail'],
  finding: ['app'],
  certificate: ['app', 'mail'],
  account: ['app', 'mail'],
  system: ['app', 'mail'],
  notice: ['app'],
};

/** By which ways a person is told of a kind. The message in the app is always kept; mandatory kinds go all ways. */
export function waysOf(kind: MessageKind, channels: Preference['channels']): readonly Personal[] {
  if (mandatoryKinds.includes(kind)) return defaultWays[kind];
  const chosen = channels[kind] ?? defaultWays[kind];
  return ['app', ...chosen.filter((one) => one !== 'app')];
}

const chinaOffset = 8 * 3_600_000;
const day = 86_400_000;

/**
 * When a message may go out: now, or when the quiet hours are over (China time, which has no summer time).
 * From 22:00 to 07:00 reaches across midnight; the end itself is no longer quiet.
 */
export function quietUntil(now: Date, from: string | null, to: string | null): Date | null {
  if (from === null || to === null) return null;
  const local = now.getTime() + chinaOffset;
  const midnight = Math.floor(local / day) * day;
  const minute = Math.floor((local - midnight) / 60_000);
  const [start, end] = [minutesOf(from), minutesOf(to)];
  const isQuiet = start < end ? minute >= start && minute < end : minute >= start || minute < end;
  if (!isQuiet) return null;
  const endsTomorrow = start > end && minute >= start;
  return new Date(midnight + (endsTomorrow ? day : 0) + end * 60_000 - chinaOffset);
}

function minutesOf(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));
}

/** Seconds to wait after the n-th failed attempt (1 is the first). What has a clock is tried more often. */
export function retryDelay(attempt: number, urgent: boolean): number {
  const steps = urgent ? [15, 30, 60, 120] : [30, 60, 120, 300, 600, 1200, 1800, 3600];
  return steps[Math.min(attempt, steps.length) - 1]!;
}

export interface Limit {
  /** Messages in any 60 seconds; null: no limit. */
  readonly perMinute: number | null;
  /** Bytes (UTF-8) of one message's text. */
  readonly maxBytes: number;
  /** Whether waiting messages are put together. */
  readonly merges: boolean;
}

/**
 * What each kind of channel takes. WeCom and DingTalk robots: 20 messages a minute each; WeCom text up to 2048
 * bytes; DingTalk and Feishu bodies up to 20,000 bytes, of which half is left for JSON and signature; Feishu
 * 100 a minute. A channel's own setting may lower the number, never raise that of a robot.
 */
export const limits: Readonly<Record<OuterKind, Limit>> = {
  mail: { perMinute: null, maxBytes: 200_000, merges: false },
  sms: { perMinute: 300, maxBytes: 1_500, merges: false },
  webhook: { perMinute: 600, maxBytes: 200_000, merges: false },
  wecom: { perMinute: 20, maxBytes: 2_048, merges: true },
  dingtalk: { perMinute: 20, maxBytes: 10_000, merges: true },
  feishu: { perMinute: 100, maxBytes: 10_000, merges: true },
};

export function perMinuteOf(kind: OuterKind, wanted: number | undefined): number | null {
  const most = limits[kind].perMinute;
  if (wanted === undefined) return most;
  return most === null || kind === 'sms' || kind === 'webhook' ? wanted : Math.min(most, wanted);
}

/**
 * The token bucket of a limit: at most `burst` at once, refilled so slowly that burst and refill together never
 * exceed the limit in any minute.
 */
export function bucketOf(perMinute: number): { burst: number; perSecond: number } {
  const burst = Math.max(1, Math.floor(perMinute / 4));
  return { burst, perSecond: Math.max(perMinute - burst, 0.5) / 60 };
}

/** Telephone numbers are shown with their middle hidden; other addresses as they are. */
export function maskAddress(channel: ChannelKind, address: string): string {
  return channel === 'sms' ? maskPhone(address) : address;
}

export function maskPhone(phone: string): string {
  return phone.length < 7 ? '***' : `${phone.slice(0, 3)}****${phone.slice(-4)}`;
}
