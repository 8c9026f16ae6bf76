/** Forwarding of sealed segments from one installation (a county) to another (the city). */
import { z } from 'zod';
import { listOf, listQuery, route, time } from '#base/contract';

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const publicKey = z.string().max(400);

/** What a receipt's signature is over, and the receipt itself. */
export const forwardReceipt = z.object({
  installation: z.uuid(),
  chainSeq: count,
  link: hash,
  /** The installation that took it, and when (ISO 8601, as signed). */
  city: z.string(),
  receivedAt: z.string(),
  publicKey,
  signature: z.string(),
});
export type ForwardReceipt = z.infer<typeof forwardReceipt>;

export const forwardHello = route({
  method: 'POST',
  path: '/api/logs/forward/hello',
  summary: 'A forwarder says who it is and how far its chain has come; answers how far this side has it.',
  access: 'logs.forward',
  body: z.object({
    installation: z.uuid(),
    name: z.string().trim().min(1).max(60),
    chainSeq: count,
    keys: z.array(publicKey).max(50),
  }),
  reply: z.object({
    city: z.string(),
    publicKey,
    chainSeq: count,
    link: hash,
    /** A segment file that broke off on the way. */
    part: z.object({ sha256: hash, bytes: count }).nullable(),
  }),
});

export const forwardBytes = route({
  method: 'PUT',
  path: '/api/logs/forward/bytes',
  summary: 'Appends to the file of a segment on its way, at the place where the last piece ended.',
  access: 'logs.forward',
  accepts: 'stream',
  query: z.object({ installation: z.uuid(), sha256: hash, offset: z.coerce.number().int().min(0) }),
  reply: z.object({ bytes: count }),
});

export const forwardedSegment = z.object({
  installation: z.uuid(),
  chainSeq: z.number().int().min(1),
  prevLink: hash,
  link: hash,
  linkVersion: z.union([z.literal(1), z.literal(2)]),
  linkSource: z.string().max(60),
  sha256: hash,
  merkleRoot: hash.nullable(),
  leaves: count.nullable(),
  sm3: hash.nullable(),
  signer: hash.nullable(),
  signature: z.base64().max(100).nullable(),
  origin: z.string().regex(/^[\w-]{1,150}$/),
  records: count,
  rawBytes: count,
  firstRecv: count,
  lastRecv: count,
  /** Whose records they are, as the forwarder knows the source. */
  source: z.object({
    id: z.string().max(60),
    name: z.string().min(1).max(200),
    format: z.string().max(40),
    realm: z.string().min(1).max(60),
    zone: z.string().max(60),
    leaseSeconds: z.number().int().min(1).max(31_536_000).nullable(),
    host: z.string().max(255).nullable(),
    fixedYear: z.number().int().min(1970).max(2199).nullable(),
    toleranceSeconds: z.number().min(0).max(3600),
  }),
});
export type ForwardedSegment = z.infer<typeof forwardedSegment>;

export const forwardSegment = route({
  method: 'POST',
  path: '/api/logs/forward/segments',
  summary:
    'Checks the file, its place in the chain and its signature, takes it over and answers a signed receipt.',
  access: 'logs.forward',
  body: forwardedSegment,
  reply: forwardReceipt,
});

export const forwarder = z.object({
  id: z.uuid(),
  name: z.string(),
  unitPath: z.string(),
  unitName: z.string().nullable(),
  chain: z.string(),
  /** Place of the newest segment that is here, and of the newest that the forwarder has. */
  chainSeq: count,
  theirSeq: count,
  lag: count,
  since: time,
  heardAt: time,
  problem: z.string().nullable(),
  keys: z.array(z.object({ fingerprint: z.string(), seenAt: time, acceptedAt: time.nullable() })),
});
export type Forwarder = z.input<typeof forwarder>;

export const listForwarders = route({
  method: 'GET',
  path: '/api/logs/forwarders',
  summary: 'Installations that send their sealed segments here, with how far each is behind.',
  access: 'logs.read',
  query: listQuery,
  reply: listOf(forwarder),
});

export const acceptForwarderKey = route({
  method: 'POST',
  path: '/api/logs/forwarders/:id/keys',
  summary: 'Accepts a new signing key of a forwarder, after asking its people over another way.',
  access: 'logs.sources',
  params: z.object({ id: z.uuid() }),
  body: z.object({ fingerprint: hash }),
});

export const forwardSending = z.object({
  target: z.string(),
  chainSeq: count,
  sentSeq: count,
  lag: count,
  triedAt: time.nullable(),
  doneAt: time.nullable(),
  sentBytes: count,
  allBytes: count,
  failures: count,
  problem: z.string().nullable(),
  lastReceipt: forwardReceipt.nullable(),
});
export type ForwardSending = z.input<typeof forwardSending>;

export const forwardStatus = route({
  method: 'GET',
  path: '/api/logs/forward',
  summary: 'How the forwarding of this installation’s own segments goes; null when it forwards to nobody.',
  access: 'logs.read',
  reply: z.object({ sending: forwardSending.nullable() }),
});

export const forwardPermissions = {
  'logs.forward': { zh: '转发封存日志（机器）', en: 'Forward sealed logs (machines)' },
} as const;

export const forwardErrors = {
  'logs.forward_foreign': {
    status: 403,
    zh: '安装 {installation} 的封存链属于另一个单位的转发方；请使用它首次接入时所属单位的令牌',
    en: 'The chain of installation {installation} belongs to a forwarder of another unit; use a token of the unit that it first came with',
  },
  'logs.forward_rolled_back': {
    status: 409,
    zh: '转发方的封存链只到 {theirs}，而这里已有到 {ours}：它被回滚或由旧备份恢复。请先查清原因',
    en: 'The forwarder’s chain ends at {theirs} while this side has it up to {ours}: it was rolled back or restored from an old backup. Find out why first',
  },
  'logs.forward_forked': {
    status: 409,
    zh: '第 {place} 段与这里已收到的封存链不符（分叉或重放）；拒收。请核对两边的链头',
    en: 'Segment {place} does not fit the chain that was received before (forked or replayed) and is refused. Compare the heads of both sides',
  },
  'logs.forward_gap': {
    status: 409,
    zh: '缺少中间的封存段：下一段应为 {expected}，收到的是 {given}',
    en: 'Segments in between are missing: {expected} comes next, {given} was given',
  },
  'logs.forward_unknown_key': {
    status: 403,
    zh: '签名密钥 {fingerprint} 尚未被接受；请市级在“日志转发”页核对后接受',
    en: 'The signing key {fingerprint} is not accepted yet; somebody of this side accepts it on the page of forwarders after checking',
  },
  'logs.forward_bad_signature': {
    status: 422,
    zh: '第 {place} 段的链接或签名不成立；拒收',
    en: 'The link or signature of segment {place} does not hold; it is refused',
  },
  'logs.forward_damaged': {
    status: 422,
    zh: '第 {place} 段的文件在途中损坏或不完整（{problem}）；请从头重传',
    en: 'The file of segment {place} was damaged on the way or is not whole ({problem}); send it again from its start',
  },
  'logs.forward_city_changed': {
    status: 409,
    zh: '{target} 的签名密钥与以往收据不同；已停止转发，请先核实对方',
    en: 'The signing key of {target} is not that of earlier receipts; nothing is sent until that is cleared up',
  },
  'logs.forward_city_behind': {
    status: 409,
    zh: '上级只有到第 {theirs} 段，而我们已有到第 {ours} 段的收据：上级数据被回滚或由旧备份恢复',
    en: 'The other side has segments up to {theirs} only, but we hold its receipts up to {ours}: it was rolled back or restored from an old backup',
  },
  'logs.forward_bad_receipt': {
    status: 502,
    zh: '第 {place} 段的收据签名不成立；视为未送达',
    en: 'The receipt for segment {place} does not hold; the segment counts as not delivered',
  },
  'logs.forward_refused': {
    status: 502,
    zh: '上级拒收：{zh}',
    en: 'The other side refuses: {en}',
  },
  'logs.forward_offset': {
    status: 409,
    zh: '这里已有 {have} 字节，不能从 {given} 续传',
    en: 'This side has {have} bytes; it cannot go on from {given}',
  },
} as const;
