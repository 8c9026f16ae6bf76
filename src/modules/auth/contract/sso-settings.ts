/** What each kind of identity system needs to be told. Endpoints are settings: private editions have their own. */
import { z } from 'zod';

export const connectorKind = z.enum(['oidc', 'ldap', 'cas', 'wecom', 'dingtalk', 'zwdd']);
export type ConnectorKind = z.infer<typeof connectorKind>;

/** Printable, without white space: what stands in a URL or a protocol field. */
const token = z
  .string()
  .trim()
  .min(1)
  .max(300)
  .regex(/^[\x21-\x7e]+$/, '只能是可打印的英文字符，不含空格 / printable ASCII characters without spaces');

const webAddress = z
  .string()
  .trim()
  .max(500)
  .refine(
    isWebAddress,
    '应为 http(s) 地址，不含用户名、查询串和 # / an http(s) address without user, query or #',
  );

function isWebAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  return isWeb && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
}

const ip = z.union([z.ipv4(), z.ipv6()]);

/** Only this host, at only this address, may be reached although it is not on the public internet. */
const internalAddress = ip.optional();

const attribute = z
  .string()
  .trim()
  .regex(/^[A-Za-z][A-Za-z0-9._:;-]{0,99}$/, '应为属性名 / the name of an attribute');

const pem = z
  .string()
  .trim()
  .max(20_000)
  .regex(
    /^-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----$/,
    '应为 PEM 格式证书 / a PEM certificate',
  )
  .optional();

/** https, or http where the approved settings name the internal address: then the network in between is ours. */
function needsTls<T extends z.ZodObject>(schema: T, fields: readonly string[]) {
  return schema.superRefine((value, context) => {
    const settings = value as Record<string, unknown>;
    for (const field of fields) {
      const plain = String(settings[field]).startsWith('http://');
      if (!plain || settings.internalAddress) continue;
      const message = '外网地址必须用 https / an address on the internet must be https';
      context.addIssue({ code: 'custom', path: [field], message });
    }
  });
}

export const oidcFields = z.strictObject({
  issuer: webAddress,
  clientId: token,
  tokenAuth: z.enum(['basic', 'post']).default('basic'),
  scopes: z
    .string()
    .trim()
    .max(300)
    .regex(/^openid( [\x21-\x7e]+)*$/, '以 openid 开头，空格分隔 / starts with openid, separated by spaces')
    .default('openid profile phone'),
  employeeNoClaim: attribute.default('employee_number'),
  /** Values of `amr` or `acr` that this provider gives after a second factor; empty: never trusted. */
  secondFactorValues: z.array(token).max(10).default([]),
  internalAddress,
  caPem: pem,
});

export const ldapFields = z.strictObject({
  url: z
    .string()
    .trim()
    .max(300)
    .regex(
      /^ldaps?:\/\/[A-Za-z0-9._-]+(:\d{1,5})?$/,
      '应为 ldap:// 或 ldaps:// 主机[:端口] / ldap(s)://host[:port]',
    ),
  startTls: z.boolean().default(false),
  bindDn: z.string().trim().min(3).max(500),
  baseDn: z.string().trim().min(3).max(500),
  filter: z
    .string()
    .trim()
    .max(500)
    .refine((text) => text.startsWith('(') && text.endsWith(')') && text.split('{username}').length === 2, {
      message: '括号包围，恰好含一个 {username} / in brackets, with exactly one {username}',
    })
    .default('(uid={username})'),
  subjectAttribute: z.enum(['entryUUID', 'objectGUID', 'nsUniqueId']).default('entryUUID'),
  nameAttribute: attribute.default('cn'),
  employeeNoAttribute: attribute.default('employeeNumber'),
  phoneAttribute: attribute.default('mobile'),
  internalAddress,
  caPem: pem,
});

export const casFields = z.strictObject({
  serverUrl: webAddress,
  format: z.enum(['xml', 'json']).default('xml'),
  nameAttribute: attribute.default('name'),
  employeeNoAttribute: attribute.default('employeeNumber'),
  phoneAttribute: attribute.default('mobile'),
  internalAddress,
  caPem: pem,
});

export const wecomFields = z.strictObject({
  corpId: token,
  agentId: token,
  authorizeUrl: webAddress.default('https://login.work.weixin.qq.com/wwlogin/sso/login'),
  apiUrl: webAddress.default('https://qyapi.weixin.qq.com'),
  internalAddress,
});

export const dingtalkFields = z.strictObject({
  clientId: token,
  authorizeUrl: webAddress.default('https://login.dingtalk.com/oauth2/auth'),
  apiUrl: webAddress.default('https://api.dingtalk.com'),
  oapiUrl: webAddress.default('https://oapi.dingtalk.com'),
  internalAddress,
});

export const zwddFields = z.strictObject({
  clientId: token,
  appKey: token,
  authorizeUrl: webAddress.default('https://login-pro.ding.zj.gov.cn/oauth2/auth.htm'),
  apiUrl: webAddress.default('https://openplatform-pro.ding.zj.gov.cn'),
  internalAddress,
});

/** The fields of each kind, as a form shows them. */
export const settingsFields = {
  oidc: oidcFields,
  ldap: ldapFields,
  cas: casFields,
  wecom: wecomFields,
  dingtalk: dingtalkFields,
  zwdd: zwddFields,
} as const;

const ldapSettings = ldapFields.superRefine((value, context) => {
  const isSecure = value.url.startsWith('ldaps:') ? !value.startTls : value.startTls;
  if (isSecure) return;
  const message =
    'ldap:// 必须打开 StartTLS，ldaps:// 不用打开：密码不能明文传 / ldap:// needs StartTLS, ldaps:// does not: no password in clear';
  context.addIssue({ code: 'custom', path: ['startTls'], message });
});

const names = {
  nameZh: z.string().trim().min(2).max(40),
  nameEn: z.string().trim().min(2).max(60),
  /** Client secret, bind password or app secret; when a change leaves it out, the present one stays. */
  secret: z.string().min(1).max(2000).optional(),
};

/** A connector as it is proposed. */
export const connectorInput = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('oidc'), ...names, settings: needsTls(oidcFields, ['issuer']) }),
  z.strictObject({ kind: z.literal('ldap'), ...names, settings: ldapSettings }),
  z.strictObject({ kind: z.literal('cas'), ...names, settings: needsTls(casFields, ['serverUrl']) }),
  z.strictObject({
    kind: z.literal('wecom'),
    ...names,
    settings: needsTls(wecomFields, ['authorizeUrl', 'apiUrl']),
  }),
  z.strictObject({
    kind: z.literal('dingtalk'),
    ...names,
    settings: needsTls(dingtalkFields, ['authorizeUrl', 'apiUrl', 'oapiUrl']),
  }),
  z.strictObject({
    kind: z.literal('zwdd'),
    ...names,
    settings: needsTls(zwddFields, ['authorizeUrl', 'apiUrl']),
  }),
]);
export type ConnectorInput = z.output<typeof connectorInput>;

/** Which kinds authenticate us with a secret of ours; CAS knows a service by its address alone. */
export const kindsWithSecret: readonly ConnectorKind[] = ['oidc', 'ldap', 'wecom', 'dingtalk', 'zwdd'];
