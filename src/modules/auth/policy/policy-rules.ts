/** What a password must be, and when a name or an address is locked: pure decisions over the policy in force. */
import { isTooCommon, plainLetters } from './common-passwords.ts';

/** The policy that the security administrator set; its bounds are those of `auth.sign_in_policy`. */
export interface SignInPolicy {
  readonly minLength: number;
  readonly minClasses: number;
  readonly history: number;
  readonly maxAgeDays: number;
  readonly warnDays: number;
  readonly lockTries: number;
  readonly lockMinutes: number;
  readonly addressTries: number;
  readonly idleMinutes: number;
  readonly absoluteHours: number;
  readonly sessionsPerAccount: number;
}

export interface Words {
  readonly zh: string;
  readonly en: string;
}

/** What is wrong with a password, each with its remedy; empty when it is good. `own`: words about its owner. */
export function passwordProblems(password: string, policy: SignInPolicy, own: readonly string[]): Words[] {
  const problems: Words[] = [];
  const { minLength, minClasses } = policy;
  if ([...password].length < minLength) {
    problems.push({
      zh: `至少 ${minLength} 位，现在是 ${[...password].length} 位`,
      en: `at least ${minLength} characters; these are ${[...password].length}`,
    });
  }
  if (classesOf(password) < minClasses) {
    problems.push({
      zh: `要含大写字母、小写字母、数字、符号中的 ${minClasses} 种`,
      en: `${minClasses} kinds of: upper case, lower case, digits, symbols`,
    });
  }
  if (isTooCommon(password)) {
    problems.push({
      zh: '太常见，容易被猜中；请换成别人想不到的词组',
      en: 'too common and easily guessed; use words that nobody would think of',
    });
  }
  if (holdsOwnWord(password, own)) {
    problems.push({
      zh: '不能含有自己的用户名或姓名',
      en: 'it must not contain one’s own user name or name',
    });
  }
  return problems;
}

/** How many of the four kinds of character a text holds. */
function classesOf(text: string): number {
  return [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(text)).length;
}

/** Whether the user name or the name (in characters or pinyin) stands in the password, forwards or backwards. */
function holdsOwnWord(password: string, own: readonly string[]): boolean {
  const text = plainLetters(password);
  const raw = password.toLowerCase();
  return own.some((word) => {
    const plain = plainLetters(word);
    const isHan = /\p{Script=Han}{2,}/u.test(word) && raw.includes(word.toLowerCase());
    if (isHan) return true;
    return plain.length >= 4 && (text.includes(plain) || text.includes([...plain].reverse().join('')));
  });
}

/**
 * For how many more minutes a name (or an address) stays locked, 0 when it is not: the last `tries` failures lie
 * within `minutes`, and the last of them is not yet `minutes` old. `failures` newest first.
 */
export function lockedFor(failures: readonly Date[], tries: number, minutes: number, now: Date): number {
  const last = failures[0];
  const first = failures[tries - 1];
  if (!last || !first) return 0;
  const span = minutes * 60_000;
  if (last.getTime() - first.getTime() > span) return 0;
  return Math.max(0, Math.ceil((last.getTime() + span - now.getTime()) / 60_000));
}

/** Whole days until a password must be changed; 0 or less: now. */
export function passwordDaysLeft(setAt: Date, policy: SignInPolicy, now: Date): number {
  return Math.ceil((setAt.getTime() + policy.maxAgeDays * 86_400_000 - now.getTime()) / 86_400_000);
}
