/** Lines of a connection test, in words for the person who typed the settings. */
import { isAppError } from '#base/errors';
import type { TestStep } from '../contract.ts';

export function stepDone(zh: string, en: string): TestStep {
  return { ok: true, zh, en };
}

/** What to look at, by the code of the failure. Throws again what is no failure of the other side: a bug of ours. */
export function stepFailed(error: unknown): TestStep {
  if (!isAppError(error)) throw error;
  const reason = String(error.details.reason ?? '').slice(0, 300);
  const [zh, en] = advice(String(error.details.code ?? error.code));
  return {
    ok: false,
    zh: reason === '' ? zh : `${zh}（${reason}）`,
    en: reason === '' ? en : `${en} (${reason})`,
  };
}

function advice(code: string): readonly [string, string] {
  switch (code) {
    case 'outbound.dns_failed':
      return ['域名解析不到：请检查地址是否写错', 'The name does not resolve: check the address'];
    case 'outbound.forbidden_address':
      return [
        '这个地址在内网：请在“内网地址”里填写它的 IP，经批准后才允许访问',
        'The host is on an internal network: enter its IP as the internal address; it is reached only when approved',
      ];
    case 'outbound.connect_failed':
      return ['连不上：请检查端口和防火墙', 'No connection: check port and firewall'];
    case 'outbound.tls_failed':
    case 'outbound.tls_untrusted':
      return [
        'TLS 证书不可信：内部证书请把签发它的根证书贴到“CA 证书”里',
        'The TLS certificate is not trusted: paste the issuing root certificate as the CA certificate',
      ];
    case 'outbound.timeout':
      return ['对方太久没有应答', 'It took too long to answer'];
    case 'auth.bad_credentials':
      return ['对方不接受我们的账号或密钥', 'It does not accept our account or secret'];
    case 'auth.sso_not_member':
      return [
        '对方说没有权限：请检查应用的可见范围和权限',
        'It says that permission is missing: check the application’s rights',
      ];
    case 'auth.sso_bad_answer':
      return ['有应答，但不是这种登录系统应有的内容', 'It answers, but not as a system of this kind'];
    default:
      return ['没有成功', 'It did not succeed'];
  }
}
