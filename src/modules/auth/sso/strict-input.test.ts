import fc from 'fast-check';
import { FilterParser } from 'ldapts';
import { describe, expect, it } from 'vitest';
import { registerErrors } from '#base/errors';
import { successOf, wrap } from '../../../../test/peers/fake-cas.ts';
import { connectorInput, errors } from '../contract.ts';
import { appToken, forgetToken } from './app-token.ts';
import { readCasJson, readCasXml, ticketOfLogout } from './cas-reply.ts';
import { insidePath } from './inside-path.ts';
import { escapeFilterValue } from './ldap.ts';
import { maskMobile, plainMobile } from './match-phone.ts';

registerErrors(errors);

describe('an answer of CAS', () => {
  it('gives the user and the attributes, with the five entities and character references decoded', () => {
    const text = wrap(successOf('wang', { name: '王&lt;示例&gt; &#x738B;&amp;', mobile: '13800000001' }));
    expect(readCasXml(text)).toEqual({
      user: 'wang',
      attributes: { name: '王<示例> 王&', mobile: '13800000001' },
    });
  });

  const user = (inside: string) => wrap(`<cas:authenticationSuccess>${inside}</cas:authenticationSuccess>`);
  it.each([
    ['an entity bomb', `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>${successOf('&b;')}`],
    ['an external entity', `<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>${wrap(successOf('&f;'))}`],
    ['an undefined entity', wrap(successOf('&wang;'))],
    ['an unterminated entity', wrap(successOf('&amp'))],
    ['a comment inside the user', user('<cas:user>wang<!-- -->admin</cas:user>')],
    ['CDATA', user('<cas:user><![CDATA[wang]]></cas:user>')],
    ['a processing instruction', `${wrap(successOf('wang'))}<?php ?>`],
    ['two users', user('<cas:user>wang</cas:user><cas:user>admin</cas:user>')],
    ['an element inside the user', user('<cas:user>wang<b>admin</b></cas:user>')],
    ['an attribute on the user', user('<cas:user x="1">wang</cas:user>')],
    ['an empty user', user('<cas:user> </cas:user>')],
    ['a control character in the user', user('<cas:user>wa&#10;ng</cas:user>')],
    ['two successes', wrap(successOf('wang') + successOf('admin'))],
    [
      'success beside failure',
      wrap(`${successOf('wang')}<cas:authenticationFailure code="X">no</cas:authenticationFailure>`),
    ],
    ['a proxy ticket', user('<cas:user>wang</cas:user><cas:proxies><cas:proxy>x</cas:proxy></cas:proxies>')],
    ['another namespace', wrap(successOf('wang')).replace('http://www.yale.edu/tp/cas', 'urn:x')],
    ['another prefix', wrap(successOf('wang')).replaceAll('cas:', 'evil:')],
    ['two roots', wrap(successOf('wang')) + wrap(successOf('admin')).slice(39)],
    ['broken XML', wrap(successOf('wang')).slice(0, -5)],
    ['HTML', '<html><body>login</body></html>'],
    ['nothing', ''],
    ['too much', wrap(successOf('w'.repeat(300_000)))],
  ])('is refused with %s', (_what, text) => {
    expect(() => readCasXml(text)).toThrow(/checks/);
  });

  it('in JSON gives the same, and refuses a proxy ticket and a user that is no text', () => {
    const success = {
      user: 'wang',
      attributes: { name: ['王示例'], mobile: '13800000001', many: ['a', 'b'] },
    };
    const read = (value: object) => readCasJson({ serviceResponse: { authenticationSuccess: value } });
    expect(read(success)).toEqual({ user: 'wang', attributes: { name: '王示例', mobile: '13800000001' } });
    expect(() => read({ ...success, proxies: ['x'] })).toThrow();
    expect(() => read({ ...success, user: ['wang'] })).toThrow();
    expect(() => read({ ...success, user: 5 })).toThrow();
    expect(() => readCasJson({})).toThrow();
  });

  it('that ends a session names one service ticket and nothing else', () => {
    const request = (inside: string) =>
      `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">${inside}</samlp:LogoutRequest>`;
    const index = (ticket: string) => `<samlp:SessionIndex>${ticket}</samlp:SessionIndex>`;
    expect(ticketOfLogout(request(index('ST-1-abc')))).toBe('ST-1-abc');
    for (const text of [
      request(''),
      request(index('ST-1') + index('ST-2')),
      request(index("ST-' OR 1=1")),
      request(index('PT-1')),
      index('ST-1'),
      `<!DOCTYPE x>${request(index('ST-1'))}`,
      'ST-1',
      '',
    ]) {
      expect(ticketOfLogout(text), text).toBeUndefined();
    }
  });
});

describe('where a sign-in leads', () => {
  it.each(['/', '/incidents', '/incidents?state=open&page=2#top', '/搜索?q=学校', '/a/b%20c'])(
    'is %s',
    (path) => {
      const url = new URL(insidePath(path), 'http://jiaodun.example');
      expect(url.origin).toBe('http://jiaodun.example');
      expect(decodeURI(url.pathname)).toBe(decodeURI(new URL(path, 'http://jiaodun.example').pathname));
    },
  );

  it.each([
    undefined,
    '',
    'incidents',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/%2f/evil.example',
    '/%2F%2Fevil.example',
    '/%252f%252fevil.example',
    '/%5cevil.example',
    '/%255cevil.example',
    '/\t/evil.example',
    '/%09/evil.example',
    '/\n/evil.example',
    '/.//evil.example',
    '/..//evil.example',
    '/%2e//evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '/\u2028/evil.example',
    '/api/sso/x/start',
    '/%61pi/session',
    `/${'a'.repeat(3000)}`,
  ])('is the home page instead of %j', (path) => {
    expect(insidePath(path)).toBe('/');
  });

  it('is of this host, whatever was asked', () => {
    const hostile = fc.string({
      unit: fc.constantFrom('/', '\\', '.', '%2f', '%5c', '%09', '@', ':', 'evil', '\t', '?', '#'),
    });
    fc.assert(
      fc.property(hostile, (text) => {
        const to = insidePath(`/${text}`);
        expect(new URL(to, 'http://jiaodun.example').origin).toBe('http://jiaodun.example');
        expect(to.startsWith('//')).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a name in an LDAP filter', () => {
  it('stays one value, whatever it holds (RFC 4515)', () => {
    const hostile = fc.string({
      unit: fc.constantFrom('*', '(', ')', '\\', '\0', '&', '|', '!', '=', 'a', '王', ' ', '2a'),
    });
    fc.assert(
      fc.property(hostile, (text) => {
        const filter = FilterParser.parseString(
          `(&(uid=${escapeFilterValue(text)})(objectClass=person))`,
        ) as unknown as {
          filters: { attribute: string; value: string; constructor: { name: string } }[];
        };
        expect(filter.filters).toHaveLength(2);
        const [first] = filter.filters;
        expect([first!.constructor.name, first!.attribute]).toEqual(['EqualityFilter', 'uid']);
        expect(first!.value).toBe(text);
      }),
      { numRuns: 1000, examples: [['*)(uid=*'], ['\0'], ['a)(|(uid=*']] },
    );
  });
});

describe('a mobile number', () => {
  it.each([
    ['+86 138-0013-8000', '13800138000'],
    ['8613800138000', '13800138000'],
    ['008613800138000', '13800138000'],
    ['(138)00138000', '13800138000'],
    ['1380013800', undefined],
    ['12345678901', undefined],
    ['13800138000 or 1', undefined],
    [undefined, undefined],
  ])('%s is %s', (text, plain) => {
    expect(plainMobile(text)).toBe(plain);
  });

  it('shows seven digits to an administrator', () => {
    expect(maskMobile('13800138000')).toBe('138****8000');
  });
});

describe('an application token', () => {
  it('is asked for once by many at a time, kept, and asked for again near its end or after it was refused', async () => {
    let asked = 0;
    let now = 0;
    const ask = async () => {
      asked += 1;
      return { token: `t${asked}`, seconds: 7200 };
    };
    const get = () => appToken('v1', () => now, ask);
    expect(await Promise.all([get(), get(), get()])).toEqual(['t1', 't1', 't1']);
    now = 7000_000;
    expect(await get()).toBe('t1');
    now = 7100_000;
    expect(await get()).toBe('t2');
    forgetToken('v1');
    expect(await get()).toBe('t3');
    const broken = () =>
      appToken(
        'v2',
        () => now,
        () => Promise.reject(new Error('down')),
      );
    await expect(broken()).rejects.toThrow('down');
    expect(await appToken('v2', () => now, ask)).toBe('t4');
  });
});

describe('settings', () => {
  const oidc = (settings: object) => ({
    kind: 'oidc',
    nameZh: '统一身份',
    nameEn: 'Campus',
    secret: 's',
    settings,
  });
  const ldap = (settings: object) => ({
    kind: 'ldap',
    nameZh: '目录',
    nameEn: 'Directory',
    secret: 's',
    settings,
  });
  const base = { bindDn: 'cn=x,dc=y', baseDn: 'dc=y' };
  it.each([
    ['http on the internet', oidc({ issuer: 'http://id.example', clientId: 'c' })],
    ['a user name in the address', oidc({ issuer: 'https://u:p@id.example', clientId: 'c' })],
    ['an address that is no web address', oidc({ issuer: 'file:///etc/passwd', clientId: 'c' })],
    ['a setting that nobody knows', oidc({ issuer: 'https://id.example', clientId: 'c', insecure: true })],
    ['LDAP in clear', ldap({ ...base, url: 'ldap://id.example' })],
    ['StartTLS inside TLS', ldap({ ...base, url: 'ldaps://id.example', startTls: true })],
    ['a filter without the name', ldap({ ...base, url: 'ldaps://id.example', filter: '(uid=*)' })],
    ['a path in the LDAP address', ldap({ ...base, url: 'ldaps://id.example/dc=x' })],
  ])('with %s are refused', (_what, input) => {
    expect(connectorInput.safeParse(input).success).toBe(false);
  });

  it('may use http to an internal address that is named', () => {
    const input = oidc({ issuer: 'http://id.school.example', clientId: 'c', internalAddress: '192.0.2.7' });
    expect(connectorInput.safeParse(input).success).toBe(true);
  });
});
