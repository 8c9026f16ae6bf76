/** Pure judgement of what the home page's answer says about its server. */
import type { OutboundResult } from '#base/outbound';
import type { ProbeRules, SiteFacts } from '../contract.ts';
import type { Remark } from './look.ts';

type Headers = Readonly<Record<string, string>>;
export type VersionFact = NonNullable<SiteFacts['versions']>[number];

/** Headers that browsers protect visitors by, and cookies (RFC 6265bis §4.1.2). `finalUrl` tells whether it is HTTPS. */
export function judgeHeaders(headers: Headers, finalUrl: string): Remark[] {
  const isSecure = finalUrl.startsWith('https:');
  const csp = headers['content-security-policy'] ?? '';
  const remarks: (Remark | false)[] = [
    isSecure &&
      !headers['strict-transport-security'] &&
      missing('no_hsts', 'Strict-Transport-Security', '浏览器下次仍可能走不加密的连接'),
    !headers['x-frame-options'] &&
      !/frame-ancestors/i.test(csp) &&
      missing('no_framing_rule', 'X-Frame-Options 或 CSP frame-ancestors', '网页可被别的网站套在框里'),
    !/nosniff/i.test(headers['x-content-type-options'] ?? '') &&
      missing('no_nosniff', 'X-Content-Type-Options: nosniff', '上传的文件可能被当成网页执行'),
    !headers['referrer-policy'] && missing('no_referrer_policy', 'Referrer-Policy', '网址会带给外站'),
  ];
  return [...remarks.filter((one) => one !== false), ...judgeCookies(headers['set-cookie'] ?? '', isSecure)];
}

function missing(rule: string, header: string, harm: string): Remark {
  return {
    rule: `headers.${rule}`,
    text: `没有 ${header}`,
    evidence: `首页的应答里没有 ${header}：${harm}`,
    remedy: `在网站服务器的设置里加上 ${header}。`,
  };
}

/** Names that sessions go by in what schools run; other cookies (counters, styles) need no secrecy. */
const sessionName = /sess|^sid$|auth|token|^asp\.net_|login|user/i;

function judgeCookies(header: string, isSecure: boolean): Remark[] {
  const cookies = header.split('\n').filter((line) => sessionName.test(line.split('=')[0]!.trim()));
  const without = (mark: RegExp) =>
    cookies.filter((line) => !mark.test(line)).map((line) => line.split('=')[0]!.trim().slice(0, 60));
  const told = (rule: string, mark: string, names: readonly string[]): Remark[] =>
    names.length === 0
      ? []
      : [
          {
            rule: `headers.${rule}`,
            text: `登录用的 Cookie 没有 ${mark}`,
            evidence: `${names.join('、')} 没有 ${mark}`,
            remedy: `在网站程序里给会话 Cookie 加上 ${mark}。`,
          },
        ];
  return [
    ...(isSecure ? told('cookie_insecure', 'Secure', without(/;\s*secure\b/i)) : []),
    ...told('cookie_script', 'HttpOnly', without(/;\s*httponly\b/i)),
    ...told('cookie_samesite', 'SameSite', without(/;\s*samesite\s*=/i)),
  ];
}

/** Longest part of a page that is searched for names of components. */
const TEXT_MAX = 200_000;

const headerProducts: readonly (readonly [string, RegExp])[] = [
  ['PHP', /\bPHP\/([\d.]+)/i],
  ['Apache', /\bApache\/([\d.]+)/i],
  ['nginx', /\bnginx\/([\d.]+)/i],
  ['IIS', /\bMicrosoft-IIS\/([\d.]+)/i],
  ['Tomcat', /\bTomcat\/([\d.]+)/i],
  ['OpenSSL', /\bOpenSSL\/([\d.]+)/i],
];

const generators: readonly (readonly [string, RegExp])[] = [
  ['WordPress', /wordpress\s+([\d.]+)/i],
  ['Drupal', /drupal\s+([\d.]+)/i],
  ['Joomla', /joomla!?\s+([\d.]+)/i],
  ['Discuz', /discuz!?\s+x?([\d.]+)/i],
];

const scripts: readonly (readonly [string, RegExp])[] = [
  ['jQuery', /(?:^|[/.-])jquery[-.@/](\d+\.\d+(?:\.\d+)?)(?:[./-]|$)/i],
  ['Bootstrap', /(?:^|[/.-])bootstrap[-.@/](\d+\.\d+(?:\.\d+)?)(?:[./-]|$)/i],
  ['AngularJS', /(?:^|[/.-])angular(?:js)?[-.@/](1\.\d+(?:\.\d+)?)(?:[./-]|$)/i],
  ['Vue', /(?:^|[/.-])vue[-.@/](\d+\.\d+(?:\.\d+)?)(?:[./-]|$)/i],
];

/** Versions that the server tells by itself: in headers, in the generator mark, in names of scripts. */
export function readVersions(answer: Pick<OutboundResult, 'headers' | 'body'>): VersionFact[] {
  const found = new Map<string, VersionFact>();
  const note = (product: string, version: string | undefined, from: string) => {
    if (version && !found.has(product)) found.set(product, { product, version, from: from.slice(0, 120) });
  };
  for (const name of ['server', 'x-powered-by', 'x-generator']) {
    const value = (answer.headers[name] ?? '').slice(0, 500);
    for (const [product, pattern] of headerProducts)
      note(product, pattern.exec(value)?.[1], `${name}: ${value}`);
  }
  const text = new TextDecoder('latin1').decode(answer.body.subarray(0, TEXT_MAX));
  // Each tag is cut to a length: no pattern runs over a whole hostile page.
  for (const [tag] of text.matchAll(/<(?:meta|script|link)\b[^>]{1,600}>/gi)) {
    const generator = /name=["']?generator["'\s][^>]*content=["']([^"']{1,100})/i.exec(tag)?.[1];
    if (generator) {
      for (const [product, pattern] of generators) note(product, pattern.exec(generator)?.[1], generator);
    }
    const source = /(?:src|href)=["']?([^"'\s>]{1,300})/i.exec(tag)?.[1];
    if (source) for (const [product, pattern] of scripts) note(product, pattern.exec(source)?.[1], source);
  }
  return [...found.values()];
}

/** Versions that the table says nobody mends any more. */
export function judgeVersions(found: readonly VersionFact[], table: ProbeRules['versions']): Remark[] {
  return found.map((one): Remark => {
    const rule = table.find(
      (row) => row.product.toLowerCase() === one.product.toLowerCase() && isBelow(one.version, row.below),
    );
    const name = `${one.product} ${one.version}`;
    if (!rule) {
      return {
        rule: 'version.told',
        text: `应答里说出了 ${one.product} 的版本`,
        evidence: `${name}（${one.from}）`,
        remedy: '可以在服务器设置里隐去版本号。',
      };
    }
    return {
      rule: 'version.out_of_support',
      text: `${one.product} 的版本已停止维护`,
      evidence: `${name}（${one.from}）；${rule.below} 之前的版本自 ${rule.since} 起不再修补。${rule.note}`,
      remedy: `升级 ${one.product} 到 ${rule.below} 或更新的版本；不便升级的，请建站单位说明。`,
    };
  });
}

/** Whether dotted number `version` is lower than `limit`; parts that `limit` lacks do not count. */
export function isBelow(version: string, limit: string): boolean {
  const [left, right] = [version, limit].map((text) => text.split('.').map(Number)) as [number[], number[]];
  for (const [at, wanted] of right.entries()) {
    const given = left[at] ?? 0;
    if (given !== wanted) return given < wanted;
  }
  return false;
}
