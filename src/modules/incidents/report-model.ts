import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { z } from 'zod';

/** Half surrogates have no UTF-8 and no canonical JSON; they become U+FFFD. */
const text = (max: number) =>
  z
    .string()
    .overwrite((value) => value.toWellFormed())
    .trim()
    .min(1)
    .max(max);
const instant = z.iso.datetime({ offset: true });
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'SHA-256 as 64 small hexadecimal digits');

/** The verdicts of a trace, as `#trace/contract` has them. */
export const reportVerdicts = ['proven', 'probable', 'ambiguous', 'not_provable'] as const;

/** Levels of the national plan for cyber-security incidents, Ⅰ the gravest; `unrated` while nobody has judged. */
export const reportLevels = ['I', 'II', 'III', 'IV', 'unrated'] as const;

/** Hides the device part of a MAC address but its last byte: `3c:5a:b4:01:02:9f` → `3c:5a:b4:**:**:9f`. */
export function maskMac(mac: string): string {
  const bytes = mac.toLowerCase().replaceAll('-', ':').split(':');
  if (bytes.length !== 6) throw new RangeError(`not a MAC address: ${mac}`);
  return [...bytes.slice(0, 3), '**', '**', bytes[5]].join(':');
}

/**
 * A place and device that a trace points to. Strict: it has no field for a person, so a name cannot slip into
 * a report (design rule 7: names are sealed until a second person approves).
 */
const candidate = z.strictObject({
  assetNo: text(60).nullable(),
  room: text(120).nullable(),
  /** At least two bytes masked; see `maskMac`. */
  maskedMac: z
    .string()
    .regex(/^(?:[0-9a-f]{2}:){2}(?:[0-9a-f]{2}|\*\*):\*\*:\*\*:(?:[0-9a-f]{2}|\*\*)$/, 'a masked MAC address')
    .nullable(),
  insideIp: z.union([z.ipv4(), z.ipv6()]).nullable(),
});

const evidenceBag = z.strictObject({
  file: text(300),
  sha256,
  items: z.array(z.strictObject({ name: text(500), what: text(200), sha256 })).max(500),
});

/**
 * Everything that a report states. Its items follow what Art. 7 of the national reporting rules for
 * cyber-security incidents (国家网络安全事件报告管理办法, 2025) asks for; a null is printed as not yet known,
 * because only unit, time, place, level and measures must go at once and the rest may follow.
 */
export const incidentReport = z.strictObject({
  number: text(60),
  addressee: z.strictObject({ kind: z.enum(['bureau', 'police']), name: text(100) }),
  unit: z.strictObject({ name: text(100), code: text(60).nullable(), contact: text(60), phone: text(40) }),
  title: text(200),
  category: text(100),
  level: z.enum(reportLevels),
  /** When the clock started, when the fault was first seen, when the report is due, when it was written. */
  t0: instant,
  foundAt: instant,
  dueAt: instant,
  composedAt: instant,
  place: z.strictObject({
    siteName: text(200).nullable(),
    url: text(4000).nullable(),
    server: text(300).nullable(),
  }),
  events: z.array(z.strictObject({ at: instant, text: text(2000), by: text(100).nullable() })).max(500),
  impact: text(4000).nullable(),
  measures: z.array(z.strictObject({ at: instant, kind: text(60), text: text(2000) })).max(200),
  cause: text(4000).nullable(),
  trace: z
    .strictObject({
      verdict: z.enum(reportVerdicts),
      because: z.array(text(1000)).max(50),
      candidates: z.array(candidate).max(50),
    })
    .nullable(),
  evidence: z.array(evidenceBag).max(50),
  nextMeasures: z.array(text(1000)).max(50),
  helpRequested: text(2000).nullable(),
  sceneProtection: text(2000).nullable(),
  /** Set when the report is sent after `dueAt`: it goes out all the same and says so. */
  late: z.strictObject({ reason: text(500) }).nullable(),
  exercise: z.boolean(),
  /** See `reportCheckCode`. */
  checkCode: text(100),
});
export type IncidentReport = z.infer<typeof incidentReport>;

/**
 * The code that ties a printed report to its data: the first 20 hexadecimal digits of the SHA-256 of the
 * report's canonical JSON (RFC 8785) without the code itself, in groups of four.
 */
export function reportCheckCode(report: Omit<IncidentReport, 'checkCode'>): string {
  const { checkCode: _ignored, ...facts } = report as IncidentReport;
  const json = canonicalize(facts);
  if (json === undefined) throw new TypeError('the report has no canonical form');
  const digest = createHash('sha256').update(json).digest('hex').toUpperCase();
  return digest.slice(0, 20).replace(/(.{4})(?=.)/g, '$1-');
}
