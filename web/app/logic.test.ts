import i18next from 'i18next';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { zh } from '../words/zh/index.ts';
import { addressOf, fileNameOf } from './api.ts';
import { readErrorBody } from './api-error.ts';
import { groupClocks } from './clock-groups.ts';
import { nameDuties } from './duty-words.ts';
import { rowsText, splitErrors } from './import-follows.ts';
import { touchedBy } from './live-events.ts';
import { insidePath } from './message-link.tsx';
import { activeItem } from './nav-groups.tsx';
import { readSample } from './server-clock.ts';
import { isSignInWanted, requestSignIn, settleSignIn } from './sign-in-gate.ts';
import { halfOf, tellIssue } from './zod-words.ts';

describe('the address of a call', () => {
  it('fills and encodes the parameters and leaves out empty conditions', () => {
    const address = addressOf(
      { path: '/api/sites/:id/x' },
      { params: { id: 'a/b' }, query: { q: '中 学', kind: '', page: 2, none: undefined, list: ['a', 'b'] } },
    );
    expect(address).toBe('/api/sites/a%2Fb/x?q=%E4%B8%AD+%E5%AD%A6&page=2&list=a&list=b');
  });

  it('refuses to be built without a parameter of its path', () => {
    expect(() => addressOf({ path: '/api/sites/:id' }, {})).toThrow('id');
  });

  it('takes a file’s name from the header, the encoded one first', () => {
    const headers = new Headers({
      'content-disposition': `attachment; filename="x.pdf"; filename*=UTF-8''%E6%8A%A5%E5%91%8A.pdf`,
    });
    expect(fileNameOf(headers, 'f')).toBe('报告.pdf');
    expect(fileNameOf(new Headers(), 'f')).toBe('f');
  });
});

describe('an error reply', () => {
  it('keeps code, words in both languages and the refused fields', () => {
    const error = readErrorBody(400, {
      code: 'base.invalid_input',
      message: { zh: '输入有误', en: 'Invalid input' },
      details: {
        issues: [
          { path: 'body.contact.phone', message: '太短 / is too short' },
          { path: '', message: 'x' },
        ],
      },
    });
    expect(error.code).toBe('base.invalid_input');
    expect(error.words).toEqual({ zh: '输入有误', en: 'Invalid input' });
    expect(error.fields).toEqual([{ path: 'contact.phone', message: '太短' }]);
  });

  it('of an unknown shape still says something a person can act on', () => {
    for (const body of [undefined, '<html>', { error: 'x' }, []]) {
      const error = readErrorBody(502, body);
      expect(error.code).toBe('web.unexpected_reply');
      expect(error.words.zh).toContain('502');
    }
  });
});

describe('the server’s clock', () => {
  it('is read to the millisecond when the server says it', () => {
    const sample = readSample(new Headers({ 'x-server-time': '1000500' }), 1_000_000, 1_000_200);
    expect(sample).toEqual({ offset: 400, error: 100, at: 1_000_200 });
  });

  it('is taken from the Date header half a second later, with the error that has', () => {
    const headers = new Headers({ date: 'Sun, 22 Nov 2026 14:00:00 GMT' });
    const at = Date.parse('2026-11-22T13:00:00Z');
    expect(readSample(headers, at, at + 100)).toEqual({ offset: 3_600_450, error: 550, at: at + 100 });
  });

  it('is not guessed from a reply without any time', () => {
    expect(readSample(new Headers(), 0, 1)).toBeUndefined();
  });
});

describe('signing in again', () => {
  it('lets every waiting request continue after one sign-in', async () => {
    const waiting = [requestSignIn(), requestSignIn()];
    expect(isSignInWanted()).toBe(true);
    settleSignIn('signed-in');
    await expect(Promise.all(waiting)).resolves.toHaveLength(2);
    expect(isSignInWanted()).toBe(false);
  });

  it('fails the waiting requests when it is declined', async () => {
    const waiting = requestSignIn();
    settleSignIn(new Error('declined'));
    await expect(waiting).rejects.toThrow('declined');
  });
});

describe('the refused rows of an import', () => {
  it('tell faults from what only follows, by the row at fault', () => {
    const error = (row: number, follows?: number) => ({
      row,
      column: 'name',
      code: 'x',
      message: 'x',
      ...(follows === undefined ? {} : { follows }),
    });
    const { faults, following } = splitErrors([error(3), error(4, 3), error(8, 7), error(5, 3), error(7)]);
    expect(faults.map(({ row }) => row)).toEqual([3, 7]);
    expect(following).toEqual([
      { cause: 3, rows: [4, 5] },
      { cause: 7, rows: [8] },
    ]);
    expect(rowsText([9, 4, 5, 6, 12], '、')).toBe('4–6、9、12');
  });
});

describe('the duties of the notice', () => {
  const name = (code: string) => `名${code.slice(1)}`;
  it('are named to those who do not know their numbers', () => {
    const told = (text: string) => nameDuties(text, name, false);
    expect(told('丽教办发〔2009〕57号 第一条（D2）')).toBe('丽教办发〔2009〕57号 第一条（名2）');
    expect(told('D38')).toBe('名38');
    expect(told('D5、D55 和 D44')).toBe('名5、名55 和 名44');
    expect(told('见（附件 D44）')).toBe('见（附件 名44）');
  });

  it('keep the number for those who do, and other texts stay', () => {
    expect(nameDuties('第一条（D2）', name, true)).toBe('第一条（名2 D2）');
    expect(nameDuties('D38', name, true)).toBe('名38（D38）');
    for (const text of ['设备 D56、D0、XD2、D123、D-1、d2', '《网络安全法》第二十三条']) {
      expect(nameDuties(text, name, false)).toBe(text);
    }
  });
});

describe('links', () => {
  it('in messages lead only into this product', () => {
    const here = 'https://jiaodun.example';
    expect(insidePath('/incidents/1?tab=a', here)).toBe('/incidents/1?tab=a');
    expect(insidePath('https://jiaodun.example/trace', here)).toBe('/trace');
    for (const link of [
      'https://bad.example/',
      '//bad.example/x',
      'javascript:alert(1)',
      '\\\\bad.example',
      null,
    ]) {
      expect(insidePath(link, here)).toBeUndefined();
    }
  });

  it('of the navigation light up for the pages below them, and the home page only for itself', () => {
    expect(activeItem('/incidents/123')).toBe('/incidents');
    expect(activeItem('/')).toBe('/');
    expect(activeItem('/nowhere')).toBe('');
  });
});

describe('the countdown over the pages', () => {
  it('shows an incident’s duties with one deadline once, the nearest first', () => {
    const clock = { incidentId: 'a', number: 'A', title: '', sentAt: null };
    const groups = groupClocks([
      { ...clock, incidentId: 'b', number: 'B', to: 'police', dueAt: '2026-11-22T15:00:00Z' },
      { ...clock, to: 'bureau', dueAt: '2026-11-22T14:00:00.000Z', sentAt: '2026-11-22T13:00:00Z' },
      { ...clock, to: 'police', dueAt: '2026-11-22T22:00:00+08:00' },
    ]);
    expect(groups.map((group) => group.number)).toEqual(['A', 'B']);
    expect(groups[0]?.duties).toEqual([
      { to: 'bureau', isSent: true },
      { to: 'police', isSent: false },
    ]);
  });
});

describe('live events', () => {
  it('refresh what their module shows, and the messages for anything unknown', () => {
    expect(touchedBy('incidents.opened')).toContain('incidents');
    expect(touchedBy('new.thing')).toEqual(['messages']);
  });
});

describe('a refused value', () => {
  const tell = (schema: z.ZodType, value: unknown) => schema.safeParse(value).error?.issues[0]?.message;

  it('is told in words for the person at the form', async () => {
    await i18next.init({ lng: 'zh', ns: ['words'], defaultNS: 'words', resources: { zh: { words: zh } } });
    const before = z.config().localeError;
    z.config({ localeError: (issue) => tellIssue(issue) });
    try {
      expect(tell(z.string().min(2), '一')).toBe('至少 2 个字');
      expect(tell(z.string().min(2), '')).toBe('请填写');
      expect(tell(z.string(), undefined)).toBe('请填写');
      expect(tell(z.string().regex(/^x$/), 'y')).toBe('格式不对');
      expect(tell(z.url({ protocol: /^https?$/ }), 'x')).toBe('网址不对，应以 http:// 或 https:// 开头');
      expect(tell(z.enum(['a']), 'b')).toBe('请从列表中选择');
      expect(tell(z.number().int().max(9), 10)).toBe('不能大于 9');
      expect(tell(z.number(), 'x')).toBe('请填写数字');
      expect(tell(z.array(z.string()).min(1), [])).toBe('请填写');
      expect(tell(z.union([z.ipv4(), z.ipv6()]), 'x')).toBe('格式不对');
      expect(tell(z.string().regex(/^x$/, '只能是 x / only x'), 'y')).toBe('只能是 x / only x');
    } finally {
      z.config({ localeError: before });
    }
  });

  it('shows the half of a contract’s own message that its reader speaks', () => {
    expect(halfOf('只能是 x / only x', 'zh')).toBe('只能是 x');
    expect(halfOf('只能是 x / only x', 'en')).toBe('only x');
    expect(halfOf('km / h', 'zh')).toBe('km / h');
  });
});
