/** The tree of prefixes, realms, and requests for prefixes. */
import { z } from 'zod';
import { idParams, listOf, listQuery, route, time } from '#base/contract';

const role = z.enum(['inside', 'exit']);
export const prefixState = z.enum(['used', 'reserved']);
const cidrText = z.string().trim().min(3).max(50);
const noteText = z.string().trim().max(500);

export const prefix = z.object({
  id: z.uuid(),
  cidr: z.string(),
  realm: z.string(),
  role,
  state: prefixState,
  unitId: z.uuid(),
  unitName: z.string(),
  parentId: z.uuid().nullable(),
  note: z.string().nullable(),
  children: z.number().int(),
  /** Share of the addresses that the prefixes directly within take, 0 to 1. */
  taken: z.number(),
  /** Addresses of registered devices within. */
  devices: z.number().int(),
  /** Addresses that devices could have; null for IPv6. */
  hosts: z.number().nullable(),
});
export type Prefix = z.infer<typeof prefix>;

export const listPrefixes = route({
  method: 'GET',
  path: '/api/prefixes',
  summary:
    'The prefixes directly within one, or the topmost of the caller’s scope; with a search, those that match.',
  access: 'addresses.read',
  query: listQuery.extend({
    parentId: z.uuid().optional(),
    unitId: z.uuid().optional(),
    role: role.optional(),
    realm: z.string().max(60).optional(),
    /** Of those directly within `parentId` the ones in this part of it. */
    within: cidrText.optional(),
  }),
  reply: listOf(prefix),
});

export const getPrefix = route({
  method: 'GET',
  path: '/api/prefixes/:id',
  summary: 'One prefix with those around it.',
  access: 'addresses.read',
  params: idParams,
  reply: prefix.extend({ around: z.array(z.object({ id: z.uuid(), cidr: z.string() })) }),
});

export const mapCell = z.object({
  cidr: z.string(),
  /** Its first cell of the map and how many it covers, in the order of addresses. */
  at: z.number().int(),
  span: z.number().int(),
  count: z.number().int(),
  taken: z.number(),
  id: z.uuid().nullable(),
  unitName: z.string().nullable(),
  state: prefixState.nullable(),
  /** Addresses of devices, in a prefix that nothing stands within. */
  devices: z.number().int(),
});

export const getPrefixMap = route({
  method: 'GET',
  path: '/api/prefixes/:id/map',
  summary:
    'A prefix, or a part of it, cut into at most 256 equal cells: those that prefixes or, without any, devices stand in.',
  access: 'addresses.read',
  params: idParams,
  query: z.object({ within: cidrText.optional() }),
  reply: z.object({ cidr: z.string(), cellLength: z.number().int(), cells: z.array(mapCell) }),
});

export const createPrefix = route({
  method: 'POST',
  path: '/api/prefixes',
  summary: 'Allocates a prefix to a unit.',
  access: 'addresses.write',
  body: z.object({
    cidr: cidrText,
    unitId: z.uuid(),
    realm: z.string().trim().min(1).max(60).default('main'),
    role: role.default('inside'),
    state: prefixState.default('used'),
    note: noteText.default(''),
  }),
  reply: prefix,
});

export const changePrefix = route({
  method: 'PATCH',
  path: '/api/prefixes/:id',
  summary:
    'Gives a prefix to another unit, reserves or releases it, or changes its note; what it was stays known.',
  access: 'addresses.write',
  params: idParams,
  body: z.object({
    unitId: z.uuid().optional(),
    state: prefixState.optional(),
    note: noteText.optional(),
  }),
  reply: prefix,
});

export const splitPrefix = route({
  method: 'POST',
  path: '/api/prefixes/:id/split',
  summary: 'Ends a prefix and puts its equal parts in its place.',
  access: 'addresses.write',
  params: idParams,
  body: z.object({ length: z.int().min(1).max(128) }),
  reply: z.object({ parts: z.array(z.string()) }),
});

export const mergePrefixes = route({
  method: 'POST',
  path: '/api/prefixes/merge',
  summary: 'Joins neighbours of one unit that make up one prefix.',
  access: 'addresses.write',
  body: z.object({ ids: z.array(z.uuid()).min(2).max(256) }),
  reply: prefix,
});

export const reclaimPrefix = route({
  method: 'POST',
  path: '/api/prefixes/:id/reclaim',
  summary: 'Ends an allocation; its history stays.',
  access: 'addresses.allocate',
  params: idParams,
  body: z.object({ reason: z.string().trim().min(2).max(500) }),
});

export const nextFree = route({
  method: 'GET',
  path: '/api/prefixes/:id/next-free',
  summary: 'The lowest free prefix of a length within a prefix, and the lowest free address for a device.',
  access: 'addresses.read',
  params: idParams,
  query: z.object({ length: z.coerce.number().int().min(1).max(128).optional() }),
  reply: z.object({ prefix: z.string().nullable(), host: z.string().nullable() }),
});

export const realm = z.object({
  id: z.uuid(),
  key: z.string(),
  name: z.string(),
  description: z.string(),
  unitId: z.uuid().nullable(),
  unitName: z.string().nullable(),
  prefixes: z.number().int(),
});

export const listRealms = route({
  method: 'GET',
  path: '/api/realms',
  summary: 'Routing domains of the caller’s scope and of the bureaus above it.',
  access: 'addresses.read',
  query: listQuery,
  reply: listOf(realm),
});

export const createRealm = route({
  method: 'POST',
  path: '/api/realms',
  summary: 'Registers a routing domain, in which private prefixes may stand again.',
  access: 'addresses.write',
  body: z.object({
    key: z
      .string()
      .trim()
      .regex(/^[a-zA-Z0-9][\w.-]{0,59}$/, '字母、数字、- _ . / letters, digits, - _ .'),
    name: z.string().trim().min(1).max(100),
    description: noteText.default(''),
    unitId: z.uuid().optional(),
  }),
  reply: z.object({ id: z.uuid() }),
});

export const changeRealm = route({
  method: 'PATCH',
  path: '/api/realms/:id',
  summary: 'Changes the name and description of a routing domain.',
  access: 'addresses.write',
  params: idParams,
  body: z.object({ name: z.string().trim().min(1).max(100), description: noteText.default('') }),
});

export const requestState = z.enum(['asked', 'approved', 'refused', 'withdrawn']);
export const prefixRequest = z.object({
  id: z.uuid(),
  unitId: z.uuid(),
  unitName: z.string(),
  realm: z.string(),
  role,
  family: z.union([z.literal(4), z.literal(6)]),
  length: z.number().int(),
  purpose: z.string(),
  state: requestState,
  askedByName: z.string(),
  askedAt: time,
  mine: z.boolean(),
  decidedByName: z.string().nullable(),
  decidedAt: time.nullable(),
  note: z.string().nullable(),
  cidr: z.string().nullable(),
});

export const listPrefixRequests = route({
  method: 'GET',
  path: '/api/prefix-requests',
  summary: 'Requests for prefixes in the caller’s scope, undecided ones first.',
  access: 'addresses.read',
  query: listQuery.extend({ state: requestState.optional() }),
  reply: listOf(prefixRequest),
});

export const requestPrefix = route({
  method: 'POST',
  path: '/api/prefix-requests',
  summary: 'Asks the bureau above for a prefix.',
  access: 'addresses.write',
  body: z.object({
    unitId: z.uuid().optional(),
    realm: z.string().trim().min(1).max(60).default('main'),
    role: role.default('inside'),
    family: z.union([z.literal(4), z.literal(6)]).default(4),
    length: z.int().min(8).max(128),
    purpose: z.string().trim().min(2).max(500),
  }),
  reply: z.object({ id: z.uuid() }),
});

export const proposePrefix = route({
  method: 'GET',
  path: '/api/prefix-requests/:id/proposal',
  summary:
    'What could be given for a request: the next free prefix within the prefixes that the caller’s bureau holds.',
  access: 'addresses.allocate',
  params: idParams,
  reply: z.object({
    proposals: z.array(z.object({ parentId: z.uuid(), parent: z.string(), cidr: z.string() })),
  }),
});

export const decidePrefixRequest = route({
  method: 'POST',
  path: '/api/prefix-requests/:id/decision',
  summary: 'Gives the asked prefix, or refuses; not by the one who asked.',
  access: 'addresses.allocate',
  params: idParams,
  body: z.object({ approve: z.boolean(), cidr: cidrText.optional(), note: noteText.default('') }),
  reply: prefixRequest,
});

export const withdrawPrefixRequest = route({
  method: 'POST',
  path: '/api/prefix-requests/:id/withdrawal',
  summary: 'Takes one’s own undecided request back.',
  access: 'addresses.write',
  params: idParams,
  body: z.object({ reason: noteText.default('') }),
});

export const allocationPermissions = {
  'addresses.allocate': { zh: '分配与收回地址段', en: 'Give and reclaim prefixes' },
} as const;

export const allocationErrors = {
  'addresses.unknown_realm': {
    status: 422,
    zh: '没有登记路由域 {realm}；请先在“地址分配 → 路由域”中登记，或不填（为 main）',
    en: 'No realm {realm} is registered; register it under Allocations → Realms, or leave it empty (main)',
  },
  'addresses.realm_taken': { status: 409, zh: '路由域 {key} 已有', en: 'There is a realm {key} already' },
  'addresses.same_prefix': {
    status: 409,
    zh: '{cidr} 在路由域 {realm} 中已有分配',
    en: '{cidr} is already allocated in realm {realm}',
  },
  'addresses.not_your_space': {
    status: 403,
    zh: '{cidr} 所在的地址段由上级持有；请用“申请地址段”',
    en: '{cidr} lies in a prefix that the bureau above holds; request a prefix instead',
  },
  'addresses.not_granted': {
    status: 403,
    zh: '{cidr} 不在分配给本单位的地址段内；请用“申请地址段”，或登记在本单位自己的路由域中',
    en: '{cidr} lies in no prefix that your unit was granted; request a prefix, or register it in a realm of your own',
  },
  'addresses.split_length': {
    status: 422,
    zh: '{cidr} 只能分成 /{from} 至 /{to}',
    en: '{cidr} can be split into /{from} to /{to} only',
  },
  'addresses.free_length': {
    status: 422,
    zh: '{cidr} 里面的地址段最长是 /{to}，没有 /{length}：前缀长度不能大于 {to}',
    en: 'The longest prefix within {cidr} is /{to}; there is no /{length}',
  },
  'addresses.not_neighbours': {
    status: 422,
    zh: '这些地址段不能合并：须属同一单位、同一路由域和用途，且正好拼成一段',
    en: 'These cannot be merged: they must be of one unit, realm and role and make up exactly one prefix',
  },
  'addresses.still_used': {
    status: 409,
    zh: '{cidr} 内还有 {children} 个下级地址段和 {devices} 个设备地址；请先收回或改号',
    en: '{cidr} still holds {children} prefixes and {devices} device addresses; reclaim or renumber them first',
  },
  'addresses.devices_within': {
    status: 409,
    zh: '{cidr} 内有 {unit} 的 {devices} 台设备正在使用（如 {ip}），不能分给别的单位；请另选地址段，或先改号、更正登记',
    en: '{devices} devices of {unit} use addresses in {cidr} (such as {ip}): choose another prefix, or renumber them or mend their entries first',
  },
  'addresses.bad_length': {
    status: 422,
    zh: '前缀长度 /{length} 不能用于 IPv{family}',
    en: '/{length} is no length for IPv{family}',
  },
  'addresses.own_request': {
    status: 403,
    zh: '不能审批自己提出的申请',
    en: 'Your own request is for somebody else to decide',
  },
  'addresses.request_decided': { status: 409, zh: '该申请已处理', en: 'The request is already settled' },
  'addresses.wrong_length': {
    status: 422,
    zh: '申请的是 IPv{family} /{length}，{cidr} 不是',
    en: 'IPv{family} /{length} was asked for, which {cidr} is not',
  },
  'addresses.need_cidr': { status: 422, zh: '批准时须给出地址段', en: 'An approval must name the prefix' },
} as const;
