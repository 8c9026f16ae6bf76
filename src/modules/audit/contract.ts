import { z } from 'zod';
import { idParams, listOf, listQuery, route, time } from '#base/contract';

export const auditEntry = z.object({
  id: z.uuid(),
  /** The place in the tree; null until the next checkpoint. */
  index: z.number().int().nullable(),
  at: time,
  actorId: z.string(),
  actorName: z.string(),
  action: z.string(),
  subject: z.string(),
  before: z.unknown(),
  after: z.unknown(),
  leaf: z.string(),
});

/** A signed tree head: `root` hexadecimal, `signature` base64 (Ed25519 over origin, size and root). */
export const treeHead = z.object({
  size: z.number().int(),
  root: z.string(),
  at: time,
  signature: z.string(),
});
export type TreeHead = { size: number; root: string; at: string; signature: string };

/** One line of an exported log (NDJSON). */
export type LogLine =
  | { log: TreeHead & { publicKey: string } }
  | { checkpoint: TreeHead }
  | { index: number; leaf: string; statement?: string; content?: string; salt?: string };

export const logProblem = z.object({
  code: z.enum([
    'entry_missing',
    'entry_changed',
    'checkpoint_misplaced',
    'root_differs',
    'signature_bad',
    'cut_short',
    'rolled_back',
    'forked',
    'unreadable',
  ]),
  /** The entry's place, or the checkpoint's size. */
  place: z.number().int(),
});
export type LogProblem = z.infer<typeof logProblem>;

export const verification = z.object({
  entries: z.number().int(),
  checkpoints: z.number().int(),
  root: z.string(),
  intact: z.boolean(),
  problem: logProblem.nullable(),
});
export type Verification = z.infer<typeof verification>;

export const listEntries = route({
  method: 'GET',
  path: '/api/audit',
  summary: 'Who did what, when, before and after. `action` may end in `*`.',
  access: 'audit.read',
  query: listQuery.extend({
    action: z.string().max(100).optional(),
    subject: z.string().max(200).optional(),
    actorId: z.string().max(100).optional(),
    from: z.iso.datetime({ offset: true }).optional(),
    to: z.iso.datetime({ offset: true }).optional(),
  }),
  reply: listOf(auditEntry),
});

export const verifyChain = route({
  method: 'GET',
  path: '/api/audit/verify',
  summary: 'Recomputes the whole audit tree and compares it with every signed checkpoint.',
  access: 'audit.read',
  reply: verification,
});

export const listCheckpoints = route({
  method: 'GET',
  path: '/api/audit/checkpoints',
  summary: 'Signed sizes and root hashes of the audit tree, newest first.',
  access: 'audit.read',
  query: listQuery,
  reply: listOf(treeHead.extend({ witnesses: z.number().int() })),
});

export const sealLog = route({
  method: 'POST',
  path: '/api/audit/checkpoints',
  summary: 'Gives every new entry its place and signs the tree now. Answers the newest head.',
  access: 'audit.read',
  reply: treeHead,
});

export const latestHead = route({
  method: 'GET',
  path: '/api/audit/head',
  summary: 'The newest signed head and the public key, for witnesses.',
  access: 'audit.witness',
  reply: z.object({ head: treeHead.nullable(), publicKey: z.string() }),
});

export const getConsistency = route({
  method: 'GET',
  path: '/api/audit/consistency',
  summary: 'The proof that the tree of `from` entries is a prefix of the tree of `to` (RFC 6962 §2.1.2).',
  access: 'audit.witness',
  query: z.object({ from: z.coerce.number().int().min(0), to: z.coerce.number().int().min(0) }),
  reply: z.object({ from: z.number().int(), to: z.number().int(), proof: z.array(z.string()) }),
});

export const getInclusion = route({
  method: 'GET',
  path: '/api/audit/:id/inclusion',
  summary: 'The proof that an entry is in the tree of the first checkpoint over it (RFC 6962 §2.1.1).',
  access: 'audit.read',
  params: idParams,
  reply: z.object({ index: z.number().int(), leaf: z.string(), head: treeHead, proof: z.array(z.string()) }),
});

export const exportLog = route({
  method: 'GET',
  path: '/api/audit/export',
  summary: 'The whole log as NDJSON, checkable offline; entries outside the scope as hashes only.',
  access: 'audit.read',
  produces: 'file',
});

export const witness = z.object({
  id: z.uuid(),
  name: z.string(),
  fingerprint: z.string(),
  registeredAt: time,
  retired: z.boolean(),
  /** The newest head that it signed. */
  lastSize: z.number().int().nullable(),
  lastAt: time.nullable(),
});

export const listWitnesses = route({
  method: 'GET',
  path: '/api/audit/witnesses',
  summary: 'Witnesses: who keeps heads of this log outside, and how far each has followed.',
  access: 'audit.read',
  query: listQuery,
  reply: listOf(witness),
});

export const registerWitness = route({
  method: 'POST',
  path: '/api/audit/witnesses',
  summary: 'Registers a witness by its Ed25519 public key (PEM).',
  access: 'audit.seal',
  body: z.object({ name: z.string().trim().min(2).max(60), publicKey: z.string().trim().min(50).max(400) }),
  reply: witness,
});

export const retireWitness = route({
  method: 'DELETE',
  path: '/api/audit/witnesses/:id',
  summary: 'Accepts no further signature of a witness; what it signed stays.',
  access: 'audit.seal',
  params: idParams,
});

export const cosignHead = route({
  method: 'POST',
  path: '/api/audit/cosignatures',
  summary: 'A registered witness hands in its signature over a head that grew out of the one it knew.',
  access: 'audit.witness',
  body: z.object({
    size: z.number().int().min(1),
    publicKey: z.string().trim().max(400),
    signature: z.base64().max(100),
  }),
});

export const permissions = {
  'audit.read': { zh: '查看、校验和导出审计日志', en: 'Read, verify and export the audit log' },
  'audit.seal': { zh: '登记审计见证方', en: 'Register witnesses of the audit log' },
  'audit.witness': { zh: '见证审计日志（机器）', en: 'Witness the audit log (machines)' },
} as const;

export const errors = {
  'audit.tree_broken': {
    status: 500,
    zh: '审计日志在第 {place} 条处缺损，不能给出证明；请立即校验整条日志',
    en: 'The audit log is broken at entry {place}; no proof can be given. Verify the whole log at once',
  },
  'audit.not_placed': {
    status: 409,
    zh: '这条记录还没有入链，五分钟内会自动签名，或请审计管理员点“立即签名”',
    en: 'This entry has no place in the tree yet; the next checkpoint gives it one',
  },
  'audit.no_such_head': {
    status: 404,
    zh: '没有大小为 {size} 的签名检查点',
    en: 'There is no signed checkpoint of size {size}',
  },
  'audit.bad_range': {
    status: 422,
    zh: '范围不对：{from} 到 {to}，日志现有 {size} 条',
    en: 'Wrong range: {from} to {to}; the log has {size} entries',
  },
  'audit.bad_key': {
    status: 422,
    zh: '公钥不对：需要 PEM 格式的 Ed25519 公钥',
    en: 'Not an Ed25519 public key in PEM',
  },
  'audit.unknown_witness': {
    status: 403,
    zh: '这把公钥不属于任何在用的见证方',
    en: 'This key belongs to no active witness',
  },
  'audit.bad_cosignature': {
    status: 422,
    zh: '见证签名与检查点 {size} 不符',
    en: 'The signature does not fit checkpoint {size}',
  },
} as const;
