/** Certificates of retention: what an inspection asks to see, signed. */
import { z } from 'zod';
import { listOf, listQuery, route, time } from '#base/contract';
import { gapProof, gapReason } from './ledger.ts';

const count = z.number().int();

/**
 * Whether a source's logs are held as long as they must be. `growing`: all of it is held since its first record, which
 * is not yet so long ago. `none`: nothing was ever received.
 */
export const retentionState = z.enum(['met', 'growing', 'short', 'none']);

const certificateGap = z.object({
  proof: gapProof,
  began: time,
  ended: time.nullable(),
  lost: count.nullable(),
  reason: gapReason.nullable(),
  words: z.string().nullable(),
});

const certificateSource = z.object({
  id: count,
  name: z.string(),
  unitName: z.string().nullable(),
  format: z.string(),
  dutyDays: count,
  oldest: time.nullable(),
  newest: time.nullable(),
  daysHeld: count,
  records: count,
  segments: count,
  state: retentionState,
  gaps: count,
  openGaps: count,
  lost: count,
});

/** What is signed: RFC 8785 JSON of this. */
export const retentionStatement = z.object({
  version: z.literal(1),
  installation: z.string(),
  unit: z.object({ id: z.uuid(), code: z.string(), name: z.string() }),
  issuedAt: time,
  issuedBy: z.string(),
  basis: z.string(),
  sources: z.array(certificateSource),
  /** The newest gaps, at most 500; `gaps` of the sources counts all of them. */
  gaps: z.array(certificateGap.extend({ source: z.string() })),
  /** Heads of the chains in which every sealed segment hangs. */
  heads: z.array(z.object({ chain: z.string(), chainSeq: count, link: z.string() })),
});
export type RetentionStatement = z.output<typeof retentionStatement>;

const certificate = z.object({
  id: z.uuid(),
  unitId: z.uuid(),
  unitName: z.string(),
  issuedAt: time,
  issuedBy: z.string(),
  sources: count,
  /** Of the source that fares worst: `growing` is not yet due, all of it is held since its first record. */
  state: retentionState,
  sha256: z.string(),
});
export type RetentionCertificate = z.output<typeof certificate>;

/** Everything that a verifier elsewhere needs. */
const signedCertificate = z.object({
  id: z.uuid(),
  /** The signed text, byte for byte. */
  statement: z.string(),
  sha256: z.string(),
  /** Ed25519 public key as PEM and signature over `jiaodun/log-retention\n` and the statement, base64. */
  publicKey: z.string(),
  signature: z.string(),
});
export type SignedCertificate = z.output<typeof signedCertificate>;

const params = z.object({ id: z.uuid() });

export const listCertificates = route({
  method: 'GET',
  path: '/api/logs/certificates',
  summary: 'Certificates of log retention issued for the caller’s units, newest first.',
  access: 'logs.read',
  query: listQuery,
  reply: listOf(certificate),
});

export const issueCertificate = route({
  method: 'POST',
  path: '/api/logs/certificates',
  summary: 'Issues a certificate of log retention for a unit and those below it; default the caller’s own.',
  access: 'logs.read',
  body: z.object({ unitId: z.uuid().optional(), unitCode: z.string().max(60).optional() }),
  reply: signedCertificate,
});

export const getCertificate = route({
  method: 'GET',
  path: '/api/logs/certificates/:id',
  summary: 'One certificate with its signature, as a verifier needs it.',
  access: 'logs.read',
  params,
  reply: signedCertificate,
});

export const getCertificatePdf = route({
  method: 'GET',
  path: '/api/logs/certificates/:id/pdf',
  summary: 'One certificate as a printable page.',
  access: 'logs.read',
  params,
  produces: 'file',
});
