import { z } from 'zod';
import {
  event,
  idParams,
  importQuery,
  importReply,
  listOf,
  listQuery,
  route,
  type SheetSpec,
  sortBy,
  time,
} from '#base/contract';
import { unitCode } from '#units/contract';
import { columnErrors } from './contract/columns.ts';

export * from './contract/columns.ts';

/** Health as the last check saw it; `unknown` is never shown as clean. */
export const siteHealth = z.enum(['unknown', 'clean', 'faulty', 'unreachable', 'blocked']);

export const site = z.object({
  id: z.uuid(),
  unitId: z.uuid(),
  unitName: z.string(),
  name: z.string(),
  url: z.string(),
  host: z.string(),
  /** Address and port that the crawler uses instead of DNS (split DNS), e.g. `127.0.0.1:18083`. */
  resolveTo: z.string().nullable(),
  icpNo: z.string().nullable(),
  policeNo: z.string().nullable(),
  managerName: z.string().nullable(),
  headName: z.string().nullable(),
  /** 失管: nobody is named to run it, or somebody named holds no post in the unit any more. */
  orphaned: z.boolean(),
  /** The first day of that; null when nobody was ever in post. */
  orphanedSince: z.iso.date().nullable(),
  serverAddress: z.string().nullable(),
  health: siteHealth,
  lastCheckedAt: time.nullable(),
  openFindings: z.number().int(),
  /** Pages and files that the last check came to and did not read whole: nothing is known of them. */
  unreadPages: z.number().int(),
  /** The state of the entry; a correction names the one that it was made from. */
  revision: z.number().int(),
  /** When a page was first read from the site; until then its host may be corrected. */
  firstReadAt: time.nullable(),
  /** Set while the site is retired: nobody looks at it. */
  retired: z.object({ at: time, byName: z.string(), reason: z.string() }).nullable(),
});
export type Site = z.infer<typeof site>;

/** ICP number of a site (信产部令33号 art. 13), e.g. 浙ICP备11047009号-1. */
export const icpNo = z
  .string()
  .trim()
  .regex(
    /^[京津沪渝冀晋蒙辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼川蜀贵黔云滇藏陕甘陇青宁新]ICP备\d{8,10}号(?:-\d{1,4}[A-Z]?)?$/,
  );

/** Number of the police filing, e.g. 浙公网安备 33110202000265号. */
export const policeNo = z
  .string()
  .trim()
  .regex(/^[京津沪渝冀晋蒙辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼川蜀贵黔云滇藏陕甘陇青宁新]公网安备\s?\d{14}号$/);

export const siteUrl = z.url({ protocol: /^https?$/ }).max(500);
export const resolveTo = z
  .string()
  .trim()
  .regex(/^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/);

const changeReason = z.string().trim().min(2).max(300);

export const newSite = z.object({
  name: z.string().trim().min(2).max(100),
  unitCode,
  url: siteUrl,
  resolveTo: resolveTo.optional(),
  icpNo: icpNo.optional(),
  policeNo: policeNo.optional(),
  managerNo: z.string().trim().max(40).optional(),
  /** Person number of the leader in charge of the site. */
  headNo: z.string().trim().max(40).optional(),
  serverAddress: z.string().trim().max(60).optional(),
});

export const listSites = route({
  method: 'GET',
  path: '/api/sites',
  summary: 'Registered websites, worst first.',
  access: 'sites.read',
  query: listQuery.extend({
    sort: sortBy('name', 'host', 'lastCheckedAt', 'openFindings'),
    unitId: z.uuid().optional(),
    health: siteHealth.optional(),
    orphaned: z.stringbool().optional(),
    /** True: those that are retired, and no others. Default: those in use. */
    retired: z.stringbool().optional(),
  }),
  reply: listOf(site),
});

export const siteComparison = z.object({
  id: z.uuid(),
  name: z.string(),
  sites: z.number().int(),
  faulty: z.number().int(),
  /** Never checked, unreachable or refusing: what is there is not known. */
  unknown: z.number().int(),
  openFindings: z.number().int(),
});

export const compareSites = route({
  method: 'GET',
  path: '/api/sites/comparison',
  summary: 'Websites and their state by the units directly below the caller’s, the worst first.',
  access: 'sites.read',
  query: listQuery,
  reply: listOf(siteComparison),
});

export const getSite = route({
  method: 'GET',
  path: '/api/sites/:id',
  summary: 'One website.',
  access: 'sites.read',
  params: idParams,
  reply: site,
});

export const registerSite = route({
  method: 'POST',
  path: '/api/sites',
  summary: 'Registers a website; one host is registered once.',
  access: 'sites.write',
  body: newSite,
  reply: site,
});

export const updateSite = route({
  method: 'PATCH',
  path: '/api/sites/:id',
  summary: 'Corrects a website’s entry; the former entry stays in the audit log.',
  access: 'sites.write',
  params: idParams,
  body: newSite.omit({ unitCode: true }).partial().extend({
    revision: z.number().int().optional(),
    /** Why the address is another; needed with it. */
    reason: changeReason.optional(),
  }),
  reply: site,
});

export const retireSite = route({
  method: 'POST',
  path: '/api/sites/:id/retirement',
  summary:
    'Retires a website (注销): it stays on file, nobody looks at it, its findings are closed, its host is free.',
  access: 'sites.retire',
  params: idParams,
  body: z.object({ reason: changeReason }),
  reply: site,
});

export const restoreSite = route({
  method: 'POST',
  path: '/api/sites/:id/restoration',
  summary: 'Takes a website’s retirement back, unless its host was registered anew.',
  access: 'sites.retire',
  params: idParams,
  body: z.object({ reason: changeReason }),
  reply: site,
});

export const importSites = route({
  method: 'POST',
  path: '/api/import/sites',
  summary: 'Imports websites from .xlsx or .csv.',
  access: 'sites.write',
  query: importQuery,
  accepts: 'stream',
  reply: importReply,
});

export const siteSheet: SheetSpec = {
  kind: 'sites',
  zh: '网站',
  fields: [
    { key: 'name', zh: '网站名称', en: 'Name', required: true, example: '示例县第一中学' },
    { key: 'unit_code', zh: '单位代码', en: 'Unit code', required: true, example: 'school-001' },
    { key: 'url', zh: '首页网址', en: 'URL', required: true, example: 'http://www.school.example/' },
    {
      key: 'resolve_to',
      zh: '抓取地址',
      en: 'Crawl address',
      required: false,
      example: '',
      note: '地址:端口；站在内网时填',
    },
    { key: 'icp_no', zh: 'ICP备案号', en: 'ICP number', required: false, example: '浙ICP备00000000号-1' },
    { key: 'police_no', zh: '公安备案号', en: 'Police filing number', required: false, example: '' },
    {
      key: 'manager_no',
      zh: '网站负责人编号',
      en: 'Manager’s person number',
      required: false,
      example: 'P0001',
    },
    {
      key: 'head_no',
      zh: '主管领导编号',
      en: 'Person number of the leader in charge',
      required: false,
      example: '',
    },
    { key: 'server_address', zh: '服务器地址', en: 'Server address', required: false, example: '192.0.2.10' },
  ],
};

export const siteRegistered = event('sites.registered', z.object({ siteId: z.uuid() }));
export const siteMoved = event('sites.address_corrected', z.object({ siteId: z.uuid(), reason: z.string() }));
export const siteRetired = event('sites.retired', z.object({ siteId: z.uuid(), reason: z.string() }));
export const siteRestored = event('sites.restored', z.object({ siteId: z.uuid() }));

export const permissions = {
  'sites.read': { zh: '查看网站', en: 'Read websites' },
  'sites.write': { zh: '登记网站', en: 'Register websites' },
  'sites.inside': {
    zh: '登记内网或本机的抓取地址',
    en: 'Register crawl addresses inside the network or on this machine',
  },
  'sites.retire': { zh: '注销网站', en: 'Retire websites' },
} as const;

export const errors = {
  ...columnErrors,
  'sites.duplicate_host': {
    status: 409,
    zh: '{host} 已经由 {unit} 登记',
    en: '{host} is already registered by {unit}',
  },
  'sites.changed_meanwhile': {
    status: 409,
    zh: '这个网站的登记刚被别人改过（第 {now} 版），请刷新后再改；您填的内容没有保存',
    en: 'Somebody else has just changed this website’s entry (revision {now}); reload and change it again. Nothing was saved',
  },
  'sites.already_read': {
    status: 409,
    zh: '已经从 {host} 读到过网页，域名不能再改；请县、市管理员注销后重新登记',
    en: 'Pages were read from {host}; its host stays. Have an officer retire it and register the right one',
  },
  'sites.reason_needed': {
    status: 422,
    zh: '改首页网址请写明理由',
    en: 'Say why the address is changed',
  },
  'sites.retired': {
    status: 409,
    zh: '{name} 已经注销，不再检查；要恢复请联系县、市管理员',
    en: '{name} is retired and no longer looked at; an officer can restore it',
  },
  'sites.not_retired': {
    status: 409,
    zh: '{name} 没有注销，或已经恢复',
    en: '{name} is not retired, or was restored already',
  },
  'sites.bad_url': {
    status: 422,
    zh: '网址 {value} 不对：应以 http:// 或 https:// 开头，后面是完整的域名，不带用户名',
    en: 'URL {value} is not an http(s) address with a well-formed host and without a user name',
  },
  'sites.bad_resolve_to': {
    status: 422,
    zh: '抓取地址 {value} 不对，应为 地址 或 地址:端口',
    en: 'Crawl address {value} is not ADDRESS or ADDRESS:PORT',
  },
  'sites.inside_address': {
    status: 403,
    zh: '{value} 不是公网地址：从服务器能访问到本校以外的内部服务，须由县局或市局经办人登记。网站有公网域名的，网址请填域名，抓取地址请留空',
    en: '{value} is not a public address: the server reaches inner services that are not the school’s, so a county or city officer registers it. When the website has a public name, give that as its URL and leave the crawl address empty',
  },
  'sites.no_website_there': {
    status: 422,
    zh: '地址 {value} 不能用：那里不是网站（链路本地、组播、保留地址，或本系统自己的端口）',
    en: 'Address {value} cannot be used: no website is there (link-local, multicast, reserved, or a port of this system itself)',
  },
  'sites.bad_icp': {
    status: 422,
    zh: 'ICP备案号 {value} 的格式不对，例如 浙ICP备00000000号-1',
    en: 'ICP number {value} is not well formed',
  },
  'sites.bad_police_no': {
    status: 422,
    zh: '公安备案号 {value} 的格式不对，例如 浙公网安备 33000000000000号',
    en: 'Police filing number {value} is not well formed',
  },
} as const;
