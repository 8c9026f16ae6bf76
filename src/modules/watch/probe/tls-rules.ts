/** Pure judgement of a handshake and its certificate. */
import type { Remark } from './look.ts';

export interface TlsSight {
  readonly host: string;
  readonly protocol: string;
  readonly cipher: string;
  readonly subject: string;
  readonly issuer: string;
  readonly validFrom: Date;
  readonly validTo: Date;
  readonly fingerprint: string;
  readonly keyType: string;
  readonly keyBits: number;
  readonly signature: string;
  readonly hasIssuer: boolean;
  /** OpenSSL's word for why the chain does not verify. */
  readonly problem: string | null;
  readonly nameProblem: string | null;
  readonly oldProtocols: readonly string[];
  readonly brokenSuites: boolean;
}

interface Terms {
  readonly now: Date;
  readonly expiryDays: readonly number[];
}

const dayMs = 86_400_000;

/** Everything that is wrong, each by its rule. `failure`: the server speaks, but no handshake comes about. */
export function judgeTls(
  sight: TlsSight | { readonly host: string; readonly failure: string },
  terms: Terms,
): Remark[] {
  if ('failure' in sight) {
    return [
      {
        rule: 'tls.no_handshake',
        text: 'HTTPS 握手失败，浏览器打不开',
        evidence: `${sight.host}：${sight.failure}`,
        remedy: '检查 443 端口的证书与 TLS 设置，至少启用 TLS 1.2。',
      },
    ];
  }
  const { host } = sight;
  return [
    ...dates(sight, terms),
    ...trust(sight),
    ...strength(sight),
    ...(sight.oldProtocols.length > 0
      ? [
          {
            rule: 'tls.old_protocol',
            text: '仍接受已废止的 TLS 版本',
            evidence: `${host} 接受 ${sight.oldProtocols.join('、')}（RFC 8996 已废止）`,
            remedy: '在服务器上只保留 TLS 1.2 和 TLS 1.3。',
          },
        ]
      : []),
    ...(sight.brokenSuites
      ? [
          {
            rule: 'tls.weak_cipher',
            text: '接受不加密或不验身份的密码套件',
            evidence: `${host} 接受 NULL 或匿名套件`,
            remedy: '在服务器上禁用 NULL、aNULL 等套件。',
          },
        ]
      : []),
  ];
}

function dates({ host, validFrom, validTo }: TlsSight, { now, expiryDays }: Terms): Remark[] {
  const remedy = '续签证书并装到服务器上，重启网站服务；最好改为自动续签。';
  const evidence = `${host} 的证书有效期 ${dayOf(validFrom)} 至 ${dayOf(validTo)}`;
  if (validFrom > now) {
    const words = '检查证书的生效日期和服务器时间，必要时重新签发。';
    return [{ rule: 'tls.not_yet_valid', text: '证书尚未生效', evidence, remedy: words }];
  }
  const left = (validTo.getTime() - now.getTime()) / dayMs;
  if (left <= 0) return [{ rule: 'tls.expired', text: '证书已过期', evidence, remedy }];
  const reached = expiryDays.filter((days) => left <= days);
  if (reached.length === 0) return [];
  const rule = left <= 7 ? 'tls.expires_week' : 'tls.expires_soon';
  const text = left <= 7 ? '证书一周内到期' : '证书即将到期';
  return [{ rule, text, evidence: `${evidence}，还有 ${Math.ceil(left)} 天`, remedy }];
}

function trust(sight: TlsSight): Remark[] {
  const { host, nameProblem, problem, subject, issuer, hasIssuer } = sight;
  const remarks: Remark[] = [];
  if (nameProblem !== null) {
    remarks.push({
      rule: 'tls.name_mismatch',
      text: '证书不是这个域名的',
      evidence: `${host}：证书发给 ${subject}`,
      remedy: '申请包含本域名（含带 www 的）的证书并装上。',
    });
  }
  const evidence = `${host}：签发者 ${issuer}（${problem}）`;
  if (problem === 'DEPTH_ZERO_SELF_SIGNED_CERT') {
    const remedy = '换成受信任机构签发的证书；免费证书即可。';
    remarks.push({ rule: 'tls.self_signed', text: '证书是自签名的', evidence, remedy });
  } else if (problem === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' || problem?.startsWith('UNABLE_TO_GET_ISSUER')) {
    const isChain = !hasIssuer;
    remarks.push({
      rule: isChain ? 'tls.incomplete_chain' : 'tls.untrusted_authority',
      text: isChain ? '证书链不完整' : '签发机构不受信任',
      evidence,
      remedy: isChain
        ? '把签发机构给的中间证书接在站点证书后面一起装上。'
        : '换成受信任机构签发的证书；免费证书即可。',
    });
  } else if (problem === 'SELF_SIGNED_CERT_IN_CHAIN') {
    const remedy = '换成受信任机构签发的证书；免费证书即可。';
    remarks.push({ rule: 'tls.untrusted_authority', text: '签发机构不受信任', evidence, remedy });
  }
  return remarks;
}

function strength({ host, keyType, keyBits, signature }: TlsSight): Remark[] {
  const remarks: Remark[] = [];
  const isWeakKey = keyType.startsWith('ec')
    ? keyBits > 0 && keyBits < 224
    : keyType === 'rsa' && keyBits < 2048;
  const remedy = '重新生成 2048 位以上的 RSA 或 256 位的椭圆曲线密钥，用 SHA-256 重新签发。';
  if (isWeakKey) {
    const evidence = `${host}：${keyType.toUpperCase()} ${keyBits} 位`;
    remarks.push({ rule: 'tls.weak_key', text: '证书密钥太短', evidence, remedy });
  }
  if (/sha1|md5|md2/.test(signature)) {
    const evidence = `${host}：${signature}`;
    remarks.push({ rule: 'tls.weak_signature', text: '证书用已被攻破的签名算法', evidence, remedy });
  }
  return remarks;
}

/** The calendar day in China. */
function dayOf(time: Date): string {
  return new Date(time.getTime() + 8 * 3_600_000).toISOString().slice(0, 10);
}
