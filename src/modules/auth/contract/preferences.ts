/** What a person keeps of the user interface: how they like it, drafts, named views of lists. */
import { z } from 'zod';
import { idParams, route, time } from '#base/contract';

const key = z.string().regex(/^[A-Za-z0-9_.:/-]{1,80}$/, '键名不对 / not a key');

export const getMe = route({
  method: 'GET',
  path: '/api/me',
  summary: 'What the user interface keeps for the caller: preferences, and the mark on screen and paper.',
  access: 'signed-in',
  reply: z.object({
    preferences: z.record(z.string(), z.unknown()),
    /** Name, and the last four digits of the phone or else the user name: what the watermark shows. */
    mark: z.string(),
  }),
});

export const setPreference = route({
  method: 'PUT',
  path: '/api/me/preferences/:key',
  summary: 'Keeps one preference of the caller.',
  access: 'signed-in',
  params: z.object({ key }),
  body: z.object({ value: z.unknown() }),
});

const form = z.string().regex(/^[A-Za-z0-9_.:/-]{1,120}$/, '表单名不对 / not a form');

export const getDraft = route({
  method: 'GET',
  path: '/api/me/drafts/:form',
  summary: 'What the caller had typed into a form and not sent; null: nothing.',
  access: 'signed-in',
  params: z.object({ form }),
  reply: z.object({ value: z.record(z.string(), z.unknown()).nullable(), savedAt: time.nullable() }),
});

export const saveDraft = route({
  method: 'PUT',
  path: '/api/me/drafts/:form',
  summary: 'Keeps what the caller has typed into a form; null clears it. At most 256 KiB, no secrets.',
  access: 'signed-in',
  params: z.object({ form }),
  body: z.object({ value: z.record(z.string(), z.unknown()).nullable() }),
  reply: z.object({ savedAt: time }),
});

const viewFields = z.object({
  /** Name of the list, as the user interface calls it. */
  list: z.string().regex(/^[a-z0-9-]{1,80}$/, '列表名不对 / not a list'),
  name: z.string().trim().min(1).max(40),
  /** The search part of the list's address. */
  search: z.record(z.string(), z.union([z.string().max(400), z.number()])),
  columns: z.array(z.string().max(80)).max(100).nullable().default(null),
  shared: z.boolean().default(false),
});

export const savedView = viewFields.extend({
  id: z.uuid(),
  mine: z.boolean(),
  by: z.string(),
});
export type SavedView = z.infer<typeof savedView>;

export const listViews = route({
  method: 'GET',
  path: '/api/views',
  summary: 'The caller’s named views of lists, and those that colleagues of the unit share.',
  access: 'signed-in',
  query: z.object({ list: z.string().max(80).optional() }),
  reply: z.object({ items: z.array(savedView) }),
});

export const saveView = route({
  method: 'POST',
  path: '/api/views',
  summary: 'Names a view of a list; the same name replaces the caller’s earlier one.',
  access: 'signed-in',
  body: viewFields,
  reply: savedView,
});

export const removeView = route({
  method: 'DELETE',
  path: '/api/views/:id',
  summary: 'Takes away one of the caller’s own views.',
  access: 'signed-in',
  params: idParams,
});

export const preferencesErrors = {
  'auth.draft_too_large': {
    status: 413,
    zh: '草稿超过 256 KiB，没有保存到服务器；内容还在页面上，请尽快提交',
    en: 'The draft is larger than 256 KiB and was not kept; it is still on the page: send it soon',
  },
  'auth.preference_too_large': {
    status: 413,
    zh: '设置项“{key}”过大，上限 16 KiB',
    en: 'The preference “{key}” is too large; the limit is 16 KiB',
  },
  'auth.only_people': {
    status: 403,
    zh: '这项功能只供登录的人使用，接口令牌不能用',
    en: 'This is for people who signed in, not for API tokens',
  },
} as const;
