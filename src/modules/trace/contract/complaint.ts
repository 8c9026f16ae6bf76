/** A complaint, read into questions before anybody asks them. */
import { z } from 'zod';
import { route, time } from '#base/contract';
import { protocol } from './protocol.ts';

export const complaintGap = z.enum([
  'no_time',
  'no_date',
  'no_year',
  'no_zone',
  'zone_ambiguous',
  'no_such_time',
  'night_unclear',
  'in_future',
  'no_port',
  'bad_port',
  'port_range',
  'broken',
  'no_forwarder',
]);
export const complaintNote = z.enum([
  'port_of_which_side',
  'times_unclear',
  'several_times',
  'side_unclear',
  'no_proto',
  'midnight',
  'zone_stated',
  'not_ours',
  'coarse_time',
  'forwarded',
]);

export const complaintEntry = z.object({
  source: z.enum(['xarf', 'acns', 'tcpdump', 'access', 'text']),
  /** 1-based line in which it begins. */
  line: z.number().int(),
  text: z.string(),
  ip: z.string(),
  port: z.number().int().nullable(),
  /** Null: the text names none; TCP and UDP are both asked for. */
  proto: protocol.nullable(),
  /** Null while something about it is missing. */
  at: time.nullable(),
  /** The time as it stands in the text, without a zone. */
  written: z.string().nullable(),
  dstIp: z.string().nullable(),
  dstPort: z.number().int().nullable(),
  /** The page or host that was fetched, where the text tells: without a port, requests of proxies are told apart by it. */
  url: z.string().nullable(),
  /** The address stands in a header like X-Forwarded-For: who was connected, as far as the text tells. */
  forwardedBy: z.string().nullable(),
  /** How far off the stated time may be because of how it was written. */
  toleranceSeconds: z.number().nullable(),
  /**
   * What is missing: without a moment or who passed it on it cannot be asked. Without a port it can all the same; `broken`,
   * `bad_port` and `port_range` are to be looked at by a person before that.
   */
  missing: z.array(complaintGap),
  /** What was decided in reading it, and is to be looked at. */
  notes: z.array(complaintNote),
});
export type ComplaintEntry = z.infer<typeof complaintEntry>;

/** An entry that a person has to look at before it is asked: what was read of it may be another address or port. */
export function isDoubtful(entry: Pick<ComplaintEntry, 'missing'>): boolean {
  return entry.missing.some((gap) => gap === 'broken' || gap === 'bad_port' || gap === 'port_range');
}

export const complaintUnread = z.object({
  /** 1-based line; 0: an attachment of the mail, named in the text. */
  line: z.number().int(),
  text: z.string(),
  holds: z.array(z.enum(['address', 'port', 'time', 'attachment'])),
});
export type ComplaintUnread = z.infer<typeof complaintUnread>;

const clockZone = z.string().regex(/^[+-](?:0\d|1[0-4]):[0-5]\d$/, '写成 +08:00 / write it as +08:00');

export const readComplaint = route({
  method: 'POST',
  path: '/api/traces/read-complaint',
  summary:
    'Reads the text of a complaint (letter, X-ARF, ACNS, tcpdump, access log, e-mail) into questions; asks nothing yet.',
  access: 'trace.run',
  maxBytes: 12 * 1024 * 1024,
  body: z
    .object({
      text: z.string().max(4_000_000).optional(),
      /** The bytes of a file (`.eml`, `.txt`, `.log`), base64. */
      file: z.base64().max(11_000_000).optional(),
      /** The zone of times that name none. */
      zone: clockZone.optional(),
      /** The day of times that have none. */
      date: z.iso.date().optional(),
      /** The asker's own server, to which the requests of an access log went. */
      serverIp: z.union([z.ipv4(), z.ipv6()]).optional(),
      serverPort: z.number().int().min(1).max(65535).optional(),
    })
    .refine((body) => (body.text === undefined) !== (body.file === undefined), {
      message: 'text 与 file 二选一 / give either text or file',
    }),
  reply: z.object({
    isMail: z.boolean(),
    /** The case as the letter states it: proposed to the asker, never used unread. */
    caseNo: z.string().nullable(),
    reason: z.string().nullable(),
    entries: z.array(complaintEntry),
    /** Passages with something like an address, a port or a time that is in none of the entries, and attachments. */
    unread: z.array(complaintUnread),
    /** There are more than are listed: a table (bulk) takes up to 100,000. */
    isCut: z.boolean(),
  }),
});
