import { expect, test } from 'vitest';
import { maskNames, namesByMarks } from './names-in-line.ts';

const name = (text: string, token = '2611-0123456789abcdef') => ({
  kind: 'user' as const,
  name: text,
  token,
});
const mask = '‹2611-0123456789abcdef›';

test('a token stands wherever the name stood, in whatever case, and words that only contain it stay', () => {
  expect(maskNames('GET /li Li zhangli LI', [name('li')])).toBe(`GET /${mask} ${mask} zhangli ${mask}`);
  expect(maskNames('user=张三;', [name('张三')])).toBe(`user=${mask};`);
  expect(maskNames('u=%E5%BC%A0%E4%B8%89&x', [name('张三')])).toBe(`u=${mask}&x`);
});

test('marks of patterns within a name are meant literally', () => {
  expect(maskNames('a.b+c (x) axb', [name('a.b+c')])).toBe(`${mask} (x) axb`);
});

test('a line in which the name cannot be found again is withheld', () => {
  expect(maskNames('user=emhhbmc=', [name('zhang')])).toBe(mask);
});

/** What is found behind marks, and of which kind; several marks may tell the same. */
function found(line: string): string[] {
  const names: string[] = [];
  namesByMarks(line, (kind, text) => names.push(`${kind} ${text}`));
  return [...new Set(names)];
}

test.each([
  ['vpnd: user=zhangsan ip=192.0.2.7', ['user zhangsan']],
  ['login ok user="Zhang San" from 192.0.2.7', ['user Zhang San']],
  ['{"username":"zhangsan","ip":"192.0.2.7"}', ['user zhangsan']],
  ['用户：张三 登录成功，账号: zs01', ['user 张三', 'user zs01']],
  ['sshd[1]: Accepted password for zhangsan from 192.0.2.7 port 22', ['user zhangsan']],
  ['sshd[1]: Failed password for invalid user admin from 192.0.2.7', ['user admin']],
  ['kernel: user zhangsan logged out', ['user zhangsan']],
  ['x DHCPACK on 192.0.2.7 to 00:00:5e:00:53:07 (WangWu-Laptop) via br0', ['device WangWu-Laptop']],
  ['dnsmasq: DHCPACK(br0) 192.0.2.7 00:00:5e:00:53:07 WangWu-Laptop', ['device WangWu-Laptop']],
  ['主机名=WangWu-PC mac=00:00:5e:00:53:07', ['device WangWu-PC']],
  ['GET /end-user.html superuser=no', []],
  ['the user interface is up; users: 7', []],
])('%s', (line, names) => {
  expect(found(line)).toEqual(names);
});
