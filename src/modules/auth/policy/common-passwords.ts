/**
 * Whether a password is one of those that lists of leaked passwords begin with, or made of their parts: common
 * words and names, runs of the keyboard, counting, dates, repetition. What is left over must be hard to guess.
 */

/** Words that leaked lists and guessing tools begin with; in plain letters (see `plainLetters`). */
const words = [
  ...['password', 'passwd', 'passw', 'admin', 'administrator', 'root', 'guest', 'user', 'test', 'login'],
  ...['welcome', 'letmein', 'changeme', 'default', 'master', 'manager', 'system', 'server', 'service'],
  ...['monkey', 'dragon', 'shadow', 'sunshine', 'princess', 'football', 'baseball', 'superman', 'batman'],
  ...['iloveyou', 'loveyou', 'love', 'hello', 'secret', 'freedom', 'whatever', 'trustno', 'michael'],
  ...['woaini', 'woaiwo', 'woaiwojia', 'woailaopo', 'aini', 'wodemima', 'mima', 'nihao', 'zhongguo', 'china'],
  ...['beijing', 'shanghai', 'zhejiang', 'hangzhou', 'lishui', 'wenzhou', 'guangzhou', 'shenzhen'],
  ...['laoshi', 'teacher', 'xuexiao', 'school', 'xuesheng', 'student', 'jiaoyu', 'jiaoyuju', 'education'],
  ...['zhangwei', 'wangwei', 'wangfang', 'liwei', 'lina', 'zhangmin', 'liujing', 'wangjing', 'xiaoming'],
  ...['wangluo', 'network', 'internet', 'computer', 'huawei', 'xiaomi', 'tencent', 'alibaba', 'taobao'],
  ...[
    'qq',
    'weixin',
    'wechat',
    'baidu',
    'apple',
    'google',
    'microsoft',
    'windows',
    'office',
    'cisco',
    'oracle',
  ],
  ...['spring', 'summer', 'autumn', 'winter', 'monday', 'january', 'qwe', 'asd', 'zxc', 'abc', 'xyz'],
].sort((a, b) => b.length - a.length);

/** Rows and columns of the keyboard, the alphabet, and counting: any four in line, either way, are no choice. */
const runs = [
  ...['qwertyuiop', 'asdfghjkl', 'zxcvbnm', 'abcdefghijklmnopqrstuvwxyz', '01234567890', '1234567890-='],
  ...['1qaz', '2wsx', '3edc', '4rfv', '5tgb', '6yhn', '7ujm', '8ik,', '9ol.', 'qazwsxedcrfvtgbyhnujmikolp'],
  ...[
    '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
    '!@#$%^&*()_+',
    '1q2w3e4r5t6y7u8i9o0p',
    '147258369',
    '159357',
    '789456123',
  ],
].flatMap((run) => [run, [...run].reverse().join('')]);

const leet: Readonly<Record<string, string>> = {
  '@': 'a',
  '4': 'a',
  '3': 'e',
  '1': 'l',
  '!': 'i',
  '0': 'o',
  $: 's',
  '5': 's',
  '7': 't',
};

/** Lower case, with the usual stand-ins for letters undone, and nothing but letters and digits. */
export function plainLetters(text: string): string {
  return [...text.normalize('NFKC').toLowerCase()]
    .map((letter) => leet[letter] ?? letter)
    .join('')
    .replace(/[^\p{L}\p{N}]/gu, '');
}

const years = /(?:19|20)\d\d(?:[01]?\d[0-3]?\d)?/g;

/** Fewer characters than these that are not common: a machine tries them all. */
const least = 4;

export function isTooCommon(password: string): boolean {
  const lower = password.normalize('NFKC').toLowerCase();
  const undone = [...lower.replace(years, ' ')].map((letter) => leet[letter] ?? letter).join('');
  return Math.min(leftOver(lower), leftOver(undone), leftOver(withoutRuns(lower, true))) < least;
}

/** How many characters remain when everything guessable is taken out. */
function leftOver(text: string): number {
  let rest = withoutRuns(text);
  for (const word of words) rest = rest.replaceAll(word, ' ');
  return rest
    .replace(years, ' ')
    .replace(/(.{1,4}?)\1{2,}/g, ' ')
    .replace(/(.)\1+/g, '$1')
    .replace(/520|1314|5201314|888|666|168/g, ' ')
    .replace(/[^\p{L}\p{N}]/gu, '').length;
}

/** Takes out stretches of four and more that follow a run; `undo` also reads stand-ins as letters afterwards. */
function withoutRuns(text: string, undo = false): string {
  let out = '';
  for (let at = 0; at < text.length; ) {
    let length = 0;
    for (const run of runs) {
      let end = 4;
      while (at + end <= text.length && run.includes(text.slice(at, at + end))) end += 1;
      length = Math.max(length, end - 1);
    }
    if (length >= 4) {
      out += ' ';
      at += length;
    } else {
      out += text[at];
      at += 1;
    }
  }
  return undo ? [...out].map((letter) => leet[letter] ?? letter).join('') : out;
}
