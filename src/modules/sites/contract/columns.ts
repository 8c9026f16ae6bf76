/** Columns (栏目) of websites as they are declared. */
import { z } from 'zod';
import { idParams, importQuery, importReply, listOf, listQuery, route, type SheetSpec } from '#base/contract';

/** From the first slash, with the query where that tells columns apart: `/news/`, `/list.asp?id=3`. */
export const pathPrefix = z
  .string()
  .trim()
  .max(300)
  .regex(/^\/[^\s#]*$/);

export const siteColumn = z.object({
  id: z.uuid(),
  siteId: z.uuid(),
  siteName: z.string(),
  name: z.string(),
  pathPrefix: z.string(),
  ownerName: z.string().nullable(),
  ownerNo: z.string().nullable(),
  /** Whether the owner holds a post in the website's unit today; null without an owner. */
  ownerInPost: z.boolean().nullable(),
  /** Days within which something new must stand there. */
  updateDays: z.number().int().nullable(),
  /** Visitors may leave something there, and somebody reads it before it is shown. */
  interactive: z.boolean(),
});
export type SiteColumn = z.infer<typeof siteColumn>;

const entry = {
  name: z.string().trim().min(1).max(60),
  pathPrefix,
  /** Person number of who answers for it. */
  ownerNo: z.string().trim().max(40).optional(),
  updateDays: z.number().int().min(1).max(3650).optional(),
  interactive: z.boolean().default(false),
};

export const listColumns = route({
  method: 'GET',
  path: '/api/site-columns',
  summary: 'Declared columns of websites.',
  access: 'sites.read',
  query: listQuery.extend({ siteId: z.uuid().optional() }),
  reply: listOf(siteColumn),
});

export const declareColumn = route({
  method: 'POST',
  path: '/api/sites/:id/columns',
  summary: 'Declares a column of a website; one path is one column.',
  access: 'sites.write',
  params: idParams,
  body: z.object(entry),
  reply: siteColumn,
});

export const updateColumn = route({
  method: 'PUT',
  path: '/api/site-columns/:id',
  summary: 'Changes a declared column; what is left out becomes empty.',
  access: 'sites.write',
  params: idParams,
  body: z.object(entry),
  reply: siteColumn,
});

export const removeColumn = route({
  method: 'POST',
  path: '/api/site-columns/:id/removal',
  summary: 'Says that a column is no more; its entry stays on file.',
  access: 'sites.write',
  params: idParams,
  body: z.object({ reason: z.string().trim().min(2).max(300) }),
  reply: siteColumn,
});

export const importColumns = route({
  method: 'POST',
  path: '/api/import/site-columns',
  summary: 'Imports declared columns from .xlsx or .csv; a column with the same path is brought up to date.',
  access: 'sites.write',
  query: importQuery,
  accepts: 'stream',
  reply: importReply,
});

export const columnSheet: SheetSpec = {
  kind: 'site-columns',
  zh: '网站栏目',
  fields: [
    {
      key: 'site_url',
      zh: '网站网址',
      en: 'Website URL',
      required: true,
      example: 'http://www.school.example/',
    },
    { key: 'name', zh: '栏目名称', en: 'Column', required: true, example: '通知公告' },
    { key: 'path_prefix', zh: '栏目路径', en: 'Path', required: true, example: '/tzgg/' },
    { key: 'owner_no', zh: '负责人编号', en: 'Owner’s person number', required: false, example: 'P0001' },
    {
      key: 'update_days',
      zh: '更新间隔（天）',
      en: 'Update interval (days)',
      required: false,
      example: '30',
    },
    {
      key: 'interactive',
      zh: '可留言或上传',
      en: 'Interactive',
      required: false,
      example: '否',
      note: '是 或 否',
    },
  ],
};

export const columnErrors = {
  'sites.duplicate_column': {
    status: 409,
    zh: '路径 {path} 已申报为栏目“{name}”，请修改那个栏目',
    en: 'The path {path} is declared as the column "{name}" already; change that one',
  },
  'sites.unknown_site': {
    status: 422,
    zh: '网址 {value} 没有在本单位范围内登记，请先登记网站',
    en: 'No website {value} is registered in your scope; register it first',
  },
  'sites.bad_path': {
    status: 422,
    zh: '栏目路径 {value} 不对：应以 / 开头，例如 /tzgg/ 或 /list.asp?id=3，不写域名',
    en: 'The path {value} is wrong: it starts with /, for example /news/ or /list.asp?id=3, without the host',
  },
  'sites.bad_days': {
    status: 422,
    zh: '更新间隔 {value} 不对：应为 1 到 3650 的整数（天）',
    en: 'The update interval {value} is wrong: a whole number of days, 1 to 3650',
  },
  'sites.bad_yes_no': {
    status: 422,
    zh: '“{value}”应为 是 或 否',
    en: '"{value}" must be yes or no (是 or 否)',
  },
} as const;
