/** Evidence: captures, bags, hashes, signatures, custody. */
import { z } from 'zod';
import { type ErrorCode, event, idParams, listOf, listQuery, route, time } from '#base/contract';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A name inside a bag: lower risk than a file name. ASCII, no `..`, no absolute path, no drive, at most 200 long. */
export const itemPath = z
  .string()
  .max(200)
  .regex(/^items(\/[A-Za-z0-9_][A-Za-z0-9._-]*)+$/, 'items/…, letters, digits, _ - . only');

/** One thing in a bag, as `bag.json` lists it. Times are UTC; `clockOffsetMs` is our clock minus the reference. */
export const bagItemSchema = z.strictObject({
  seq: z.int().min(1),
  path: itemPath,
  bytes: z.int().min(0),
  sha256,
  /** Where it came from: an address, a query, a file. */
  source: z.string().max(4000),
  /** Program and version that took it. */
  tool: z.string().max(500),
  /** Who or what operated the tool. */
  collector: z.string().max(500),
  acquiredAt: z.iso.datetime(),
  clockOffsetMs: z.number().nullable(),
});
export type BagItem = z.infer<typeof bagItemSchema>;

/** `bag.json`: what the signature covers. Written in the canonical form of RFC 8785. */
export const bagManifestSchema = z.strictObject({
  format: z.literal('jiaodun-evidence-bag'),
  version: z.literal(1),
  caseId: z.string().min(1).max(200),
  number: z.int().min(1),
  createdAt: z.iso.datetime(),
  /** `sha256:` and the SHA-256 of the key's SPKI DER. */
  publicKeyId: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  items: z.array(bagItemSchema).max(100_000),
  /** The bag before this one in the case: the SHA-256 of its file. */
  previous: z.strictObject({ number: z.int().min(1), sha256 }).optional(),
  /** What could not be taken, stated when the bag was made: the verifier then says `incomplete`. */
  incomplete: z
    .array(z.strictObject({ item: z.string().max(300), problem: z.string().max(2000) }))
    .optional(),
});
export type BagManifest = z.infer<typeof bagManifestSchema>;

/** What the verifier says. `fail`: not as it was signed. `incomplete`: as signed, but something could not be taken. */
export const verificationSchema = z.object({
  result: z.enum(['pass', 'fail', 'incomplete']),
  problems: z.array(z.object({ item: z.string(), problem: z.string() })),
  bag: bagManifestSchema.nullable(),
});
export type Verification = z.infer<typeof verificationSchema>;

const problems = z.array(z.object({ item: z.string(), problem: z.string() }));

export const sealedBag = z.object({
  id: z.uuid(),
  incidentId: z.uuid(),
  caseId: z.string(),
  number: z.int(),
  fileName: z.string(),
  sha256,
  bytes: z.int(),
  publicKeyId: z.string(),
  items: z.int(),
  incomplete: problems,
  sealedAt: time,
  sealedBy: z.string(),
});

export const custodyEvent = z.object({
  at: time,
  act: z.enum(['sealed', 'bag_read', 'item_read', 'verified']),
  by: z.string(),
  detail: z.string(),
});

export const bagDetail = sealedBag.extend({
  contents: z.array(bagItemSchema.omit({ acquiredAt: true }).extend({ acquiredAt: time })),
  custody: z.array(custodyEvent),
});

export const listBags = route({
  method: 'GET',
  path: '/api/evidence/bags',
  summary: 'Sealed evidence bags, newest first.',
  access: 'evidence.read',
  query: listQuery.extend({ incidentId: z.uuid().optional() }),
  reply: listOf(sealedBag),
});

export const getBag = route({
  method: 'GET',
  path: '/api/evidence/bags/:id',
  summary: 'One bag with its items and who had it in hand.',
  access: 'evidence.read',
  params: idParams,
  reply: bagDetail,
});

export const downloadBag = route({
  method: 'GET',
  path: '/api/evidence/bags/:id/file',
  summary: 'The bag itself (ZIP). Recorded in its custody.',
  access: 'evidence.read',
  params: idParams,
  produces: 'file',
});

export const downloadItem = route({
  method: 'GET',
  path: '/api/evidence/bags/:id/items/:seq/file',
  summary: 'One item of a bag; pictures are shown, everything else is downloaded. Recorded in its custody.',
  access: 'evidence.read',
  params: idParams.extend({ seq: z.coerce.number().int().min(1) }),
  produces: 'file',
});

export const checkBag = route({
  method: 'POST',
  path: '/api/evidence/bags/:id/verify',
  summary: 'Verifies the stored bag with the installation’s key and records the answer in its custody.',
  access: 'evidence.read',
  params: idParams,
  reply: verificationSchema.omit({ bag: true }),
});

export const getPublicKey = route({
  method: 'GET',
  path: '/api/evidence/public-key',
  summary: 'The public key with which bags are verified elsewhere.',
  access: 'signed-in',
  reply: z.object({ publicKeyId: z.string(), pem: z.string() }),
});

export const bagSealed = event(
  'evidence.bag_sealed',
  z.object({ bagId: z.uuid(), incidentId: z.uuid(), sha256, incomplete: z.boolean() }),
);

export const permissions = {
  'evidence.read': { zh: '查看证据', en: 'Read evidence' },
} as const;

export const errors = {
  'evidence.bad_path': {
    status: 400,
    zh: '证据包中的路径不合规则：{path}',
    en: 'Not a path that a bag can hold: {path}',
  },
  'evidence.duplicate_path': {
    status: 409,
    zh: '证据包中路径重复：{path}',
    en: 'The bag has this path twice: {path}',
  },
  'evidence.source_changed': {
    status: 409,
    zh: '封存过程中原文件被修改：{path}',
    en: 'The file changed while it was being sealed: {path}',
  },
  'evidence.seal_failed': {
    status: 500,
    zh: '证据包写入后校验未通过，未封存：{problem}',
    en: 'The bag did not verify after it was written and was not sealed: {problem}',
  },
  'evidence.bad_key': {
    status: 400,
    zh: '密钥无效（需要 Ed25519 PEM）：{reason}',
    en: 'Not an Ed25519 key in PEM: {reason}',
  },
  'evidence.lost': {
    status: 500,
    zh: '证据包文件丢失或损坏：{file}',
    en: 'The file of this bag is missing or damaged: {file}',
  },
  'evidence.unreadable': {
    status: 400,
    zh: '无法读取文件 {file}：{reason}',
    en: 'Cannot read {file}: {reason}',
  },
} as const satisfies Record<string, ErrorCode>;
