/** Why an address could not be fetched, in words for the school; codes stand behind them in brackets. */
import type { OutboundFailure } from '#base/outbound';
import { networkWords } from './network-words.ts';
import { inBoth } from './reason-words.ts';

const failures: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  'outbound.bad_url': ['网址不对', 'Not an address of a website'],
  'outbound.dns_failed': ['域名解析失败', 'The name does not resolve'],
  'outbound.forbidden_address': [
    '指向内部地址或未登记的端口，已拒绝访问',
    'Leads to an internal address or a port that is not registered; not visited',
  ],
  'outbound.connect_failed': ['连接不上服务器', 'The server cannot be reached'],
  'outbound.tls_failed': ['TLS 握手失败', 'The encrypted connection (TLS) failed'],
  'outbound.tls_untrusted': ['证书不可信', 'The certificate is not trusted'],
  'outbound.timeout': ['超时没有读完', 'Took too long'],
  'outbound.aborted': ['检查被中止', 'The check was stopped'],
  'outbound.protocol_error': ['应答不是合法的 HTTP', 'The answer is not valid HTTP'],
  'outbound.cut_off': ['连接中断', 'The connection broke'],
  'outbound.too_many_redirects': ['重定向过多', 'Too many redirects'],
};

/** A fetch's error as `Chinese / English`: what happened, where, and what the system said of it. */
export function failureText({ code, details = {} }: Omit<OutboundFailure, 'message'>): string {
  const [zh, en] = failures[code] ?? [`没有读到（${code}）`, `Could not be read (${code})`];
  const { url, host, address, port, reason } = details;
  const named = [host, port === undefined ? address : `${String(address)}:${String(port)}`].filter(Boolean);
  // A literal address is named once: 127.0.0.1, not 127.0.0.1 → 127.0.0.1.
  const place = url === undefined ? [...new Set(named)].join(' → ') : String(url);
  const said = networkWords(typeof reason === 'string' ? reason : '');
  const tell = (sign: string, half: string) =>
    [place.slice(0, 200), half.slice(0, 200)].filter(Boolean).join(sign);
  const [inChinese, inEnglish] = [tell('，', said.zh), tell(', ', said.en)];
  return inBoth(inChinese ? `${zh}：${inChinese}` : zh, inEnglish ? `${en}: ${inEnglish}` : en);
}
