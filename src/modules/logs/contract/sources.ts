import { z } from 'zod';
import { event, listOf, listQuery, route, sortBy, time } from '#base/contract';
import { formats } from './formats.ts';
import { readingQuery } from './reading.ts';

/**
 * `netflow` holds datagrams of NetFlow v5, v9 and IPFIX, `h3c-flow` those of H3C's Flow 3.0; `template` is read by a
 * pattern of the source's own; `auto` is a gateway that sends the lines of several programs.
 */
export const format = z.enum(formats);

export const sourceName = z
  .string()
  .trim()
  .min(1, '名称不能为空 / The name must not be empty')
  .max(120)
  .refine((name) => !name.startsWith('unregistered:'), 'unregistered: 为系统保留 / is reserved by the system')
  // Its drop folder bears its name, and pages print it.
  .refine(
    (name) => !/^\.|[/\\]|\p{C}/u.test(name),
    '名称不能含 / \\ 和控制字符，不能以 . 开头 / no slashes, no control characters, no dot at the beginning',
  );
export const realm = z.string().trim().min(1).max(60);
const count = z.number().int();
const zone = z.string().trim().max(60);

/** A range wider than this would swallow senders that nobody has looked at. */
const widest = { v4: 8, v6: 16 };

/** An address or a range (`192.0.2.0/24`) from which a source sends. */
const sender = z
  .union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
    error:
      '应为地址或网段，例如 192.0.2.7 或 192.0.2.0/24 / an address or a range, as 192.0.2.7 or 192.0.2.0/24',
  })
  .refine((text) => {
    const length = text.split('/')[1];
    return length === undefined || Number(length) >= (text.includes(':') ? widest.v6 : widest.v4);
  }, '网段太大（IPv4 至少 /8，IPv6 至少 /16） / too wide a range (IPv4 /8, IPv6 /16 at least)');

export const retentionClass = z.enum(['school_site', 'other']);
const sourceState = z.enum(['active', 'quarantined', 'retired']);

export const clock = z.object({
  at: time,
  /** How far the source's clock is ahead of ours; negative: behind. Milliseconds. */
  offsetMs: count,
  /** How much the minutes differ from which it was told. */
  spreadMs: count,
  samples: count,
  /** The minutes agree: it is the clock and not a queue that is being emptied. */
  steady: z.boolean(),
});

export const source = z.object({
  id: count,
  name: z.string(),
  state: sourceState,
  unitPath: z.string(),
  unitName: z.string().nullable(),
  unitCode: z.string().nullable(),
  format: z.union([format, z.literal('unknown')]),
  realm: z.string(),
  zone: z.string(),
  /** Zones of single fields, where they are not that of the line: `{"session": "UTC"}`. */
  fieldZones: z.record(z.string(), z.string()),
  leaseSeconds: count.nullable(),
  host: z.string().nullable(),
  fixedYear: count.nullable(),
  toleranceSeconds: z.number(),
  senders: z.array(z.string()),
  /** SHA-256 of the certificates with which it sends over TLS. */
  certificates: z.array(z.string()),
  /** Lines an hour that are expected; null: learned from what it sends. */
  expectedPerHour: count.nullable(),
  /** How long its logs are kept: those of a school's public website longer. */
  retention: retentionClass,
  note: z.string(),
  retiredAt: time.nullable(),
  adoptedAt: time.nullable(),
  firstRecv: time.nullable(),
  /** When the newest of its records was received; null when none ever was. */
  lastRecv: time.nullable(),
  records: count,
  unparsable: count,
  /** The newest estimate of its clock; null before there is one. */
  clock: clock.nullable(),
});
export type LogSource = z.output<typeof source>;

const fields = {
  name: sourceName,
  format,
  realm,
  zone,
  leaseSeconds: z.number().int().min(1).max(31_536_000),
  host: z.string().trim().max(255),
  fixedYear: z.number().int().min(1970).max(2199),
  toleranceSeconds: z.number().min(0).max(3600),
  senders: z.array(sender).max(100),
  /** Each a certificate as text (PEM) or its SHA-256 in hexadecimal digits. */
  certificates: z.array(z.string().trim().min(1).max(20_000)).max(20),
  /** Of the times of sessions, where they are not written by the clock of the line (H3C). */
  fieldZones: z.strictObject({ session: zone.min(1).optional() }),
  expectedPerHour: z.number().int().min(1).max(1_000_000_000),
  retention: retentionClass,
  note: z.string().trim().max(500),
};

export const newSource = z.object({
  name: fields.name,
  format,
  /** Code of the unit that owns it; default the caller's own. */
  unitCode: z.string().max(60).optional(),
  realm: fields.realm.default('main'),
  zone: fields.zone.default('Asia/Shanghai'),
  leaseSeconds: fields.leaseSeconds.optional(),
  host: fields.host.optional(),
  fixedYear: fields.fixedYear.optional(),
  toleranceSeconds: fields.toleranceSeconds.default(2),
  senders: fields.senders.default([]),
  certificates: fields.certificates.optional(),
  fieldZones: fields.fieldZones.optional(),
  expectedPerHour: fields.expectedPerHour.optional(),
  retention: fields.retention.optional(),
  note: fields.note.optional(),
});

/** What is not named stays; `null` takes a value away. */
export const sourceChange = z
  .object({
    name: fields.name,
    format,
    unitCode: z.string().max(60),
    realm: fields.realm,
    zone: fields.zone,
    leaseSeconds: fields.leaseSeconds.nullable(),
    host: fields.host.nullable(),
    fixedYear: fields.fixedYear.nullable(),
    toleranceSeconds: fields.toleranceSeconds,
    senders: fields.senders,
    certificates: fields.certificates,
    fieldZones: fields.fieldZones,
    expectedPerHour: fields.expectedPerHour.nullable(),
    retention: fields.retention,
    note: fields.note,
  })
  .partial();

export const sourceParams = z.object({ id: z.coerce.number().int().min(1).max(2_147_483_647) });

export const listSources = route({
  method: 'GET',
  path: '/api/logs/sources',
  summary: 'The log sources of the caller’s units, with what each has sent.',
  access: 'logs.read',
  query: listQuery.extend({
    sort: sortBy('name', 'format'),
    state: sourceState.optional(),
    format: z.enum([...formats, 'unknown']).optional(),
  }),
  reply: listOf(source),
});

export const registerSource = route({
  method: 'POST',
  path: '/api/logs/sources',
  summary: 'Registers a log source: whose it is, how its lines read, from where it sends.',
  access: 'logs.sources',
  body: newSource,
  reply: source,
});

export const getSource = route({
  method: 'GET',
  path: '/api/logs/sources/:id',
  summary: 'One log source.',
  access: 'logs.read',
  params: sourceParams,
  reply: source,
});

export const changeSource = route({
  method: 'PATCH',
  path: '/api/logs/sources/:id',
  summary: 'Changes a log source. How lines are read changes for those indexed from then on.',
  access: 'logs.sources',
  params: sourceParams,
  body: sourceChange,
  reply: source,
});

export const retireSource = route({
  method: 'POST',
  path: '/api/logs/sources/:id/retire',
  summary: 'Ends a log source: what its senders still send goes to quarantine. Its logs stay.',
  access: 'logs.sources',
  params: sourceParams,
  body: z.object({ reason: z.string().trim().min(2).max(500) }),
  reply: source,
});

export const resumeSource = route({
  method: 'POST',
  path: '/api/logs/sources/:id/resume',
  summary: 'Takes a retired log source into use again.',
  access: 'logs.sources',
  params: sourceParams,
  reply: source,
});

export const adoptSource = route({
  method: 'POST',
  path: '/api/logs/sources/:id/adopt',
  summary: 'Makes a quarantined sender a log source; what it already sent goes along and is read.',
  access: 'logs.sources',
  params: sourceParams,
  body: newSource,
  reply: source,
});

export const sampleSource = route({
  method: 'GET',
  path: '/api/logs/sources/:id/samples',
  summary: 'Some lines of a source and the formats that read at least half of them, best first. Audited.',
  access: 'logs.read',
  params: sourceParams,
  query: z.object(readingQuery),
  reply: z.object({
    /** How many lines the formats were tried on. */
    lines: count,
    guesses: z.array(z.object({ format, read: count, known: count })),
    samples: z.array(
      z.object({
        recvAt: time,
        sender: z.string(),
        raw: z.string(),
        charset: z.enum(['utf-8', 'gb18030', 'latin1']),
      }),
    ),
  }),
});

export const sourceTimes = route({
  method: 'GET',
  path: '/api/logs/sources/:id/times',
  summary:
    'Lines of a source whose own time cannot be: in the future, or longer ago than such logs are kept; of its newest thousand segments with any.',
  access: 'logs.read',
  params: sourceParams,
  reply: z.object({
    ahead: count,
    aged: count,
    /** Latest and earliest time of the segments that hold such lines; null when there are none. */
    latest: time.nullable(),
    earliest: time.nullable(),
    /** When the last of these lines was received. */
    lastRecv: time.nullable(),
  }),
});
export type SourceTimes = z.output<NonNullable<typeof sourceTimes.reply>>;

const receiver = z.object({
  /** `syslog-udp`, `syslog-tcp`, `syslog-tls`, `relp`, `relp-tls`, `netflow`. */
  name: z.string(),
  port: count.nullable(),
  /** Null where it is counted together with another one. */
  received: count.nullable(),
  cut: count.nullable(),
  broken: count.nullable(),
  connections: count.nullable(),
  refused: count.nullable(),
  repeated: count.nullable(),
  /** Of datagrams: lost in the kernel (null: not told or no datagrams), granted and wanted buffer in bytes. */
  kernelDrops: count.nullable(),
  buffer: count.nullable(),
  wantedBuffer: count.nullable(),
});

export const listReceivers = route({
  method: 'GET',
  path: '/api/logs/receivers',
  summary: 'The collectors: their receivers, buffers, losses, and what waits.',
  access: 'logs.read',
  reply: z.object({
    collectors: z.array(
      z.object({
        host: z.string(),
        at: time,
        startedAt: time,
        /** False: it has not been heard of for a while. */
        alive: z.boolean(),
        problems: z.array(z.object({ zh: z.string(), en: z.string() })),
        receivers: z.array(receiver),
        paused: count,
        waiting: count,
        pendingBytes: count,
      }),
    ),
  }),
});

export const sourceEvents = {
  clockWrong: event(
    'logs.clock_wrong',
    z.object({ sourceId: count, at: time, offsetMs: count, spreadMs: count, samples: count }),
  ),
  clockRight: event('logs.clock_right', z.object({ sourceId: count, at: time, offsetMs: count })),
};

export const sourceErrors = {
  'logs.duplicate_source': {
    status: 409,
    zh: '日志源名称已被使用：{name}',
    en: 'The name of the log source is taken: {name}',
  },
  'logs.sender_taken': {
    status: 409,
    zh: '发送地址或证书已属于另一个在用的日志源：{senders}',
    en: 'An address or certificate belongs to another log source in use: {senders}',
  },
  'logs.unknown_zone': {
    status: 400,
    zh: '不认识的时区：{zone}；请写 Asia/Shanghai 或 +08:00（CST 等缩写有歧义）',
    en: 'Unknown time zone: {zone}; write Asia/Shanghai or +08:00 (abbreviations such as CST are ambiguous)',
  },
  'logs.bad_certificate': {
    status: 400,
    zh: '第 {number} 个证书不能识别：请粘贴 PEM 文本（-----BEGIN CERTIFICATE-----）或 64 位十六进制的 SHA-256 指纹',
    en: 'Certificate {number} cannot be read: paste its PEM text (-----BEGIN CERTIFICATE-----) or its SHA-256 as 64 hexadecimal digits',
  },
  'logs.bad_client_ca': {
    status: 400,
    zh: '发送方证书的签发者文件不能用（JIAODUN_SYSLOG_CLIENT_CA）：{reason}；它应是 PEM 文件，含一个或多个证书',
    en: 'The certificates of those who issue for senders cannot be used (JIAODUN_SYSLOG_CLIENT_CA): {reason}; it has to be a PEM file with one or more certificates',
  },
  'logs.source_quarantined': {
    status: 409,
    zh: '{name} 是未登记的发送方，请先收编再修改',
    en: '{name} is an unregistered sender; adopt it before changing it',
  },
  'logs.not_quarantined': {
    status: 409,
    zh: '{name} 已经是登记的日志源',
    en: '{name} is a registered log source already',
  },
  'logs.adopt_others': {
    status: 409,
    zh: '这里记着许多发送方，不能整个收编。请按样本里的发送地址分别登记日志源',
    en: 'Many senders are kept here, so it cannot be adopted as one. Register a source for each sender address of the samples',
  },
  'logs.source_retired': {
    status: 409,
    zh: '日志源 {name} 已停用，请先恢复使用',
    en: 'The log source {name} is retired; take it into use again first',
  },
  'logs.source_in_use': {
    status: 409,
    zh: '日志源 {name} 本来就在用',
    en: 'The log source {name} is in use already',
  },
} as const;
