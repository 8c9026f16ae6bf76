/**
 * The whole configuration, in one Zod schema: environment variables, overridden by command-line options.
 * `docs/reference/config.md` is printed from it. This is the only file that reads `process.env`.
 */
import { resolve } from 'node:path';
import { z } from 'zod';

export const allRoles = ['postgres', 'logstore', 'collector', 'worker', 'web'] as const;
export type Role = (typeof allRoles)[number];

/** `true`, `1`, `yes`, `on` and their opposites; a bare Boolean() would read 'false' as true. */
const flag = z.union([z.boolean(), z.stringbool()]);
const port = z.coerce.number().int().min(0).max(65535);

/** A comma-separated text as a list of checked items; empty when it is not given. */
function list<T extends z.ZodType<unknown, string>>(item: T) {
  return z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((one) => one.trim())
        .filter((one) => one !== ''),
    )
    .pipe(z.array(item));
}

export const configSchema = z.object({
  dataDir: z.string().default('./data').describe('Where everything is kept. Option: --data DIR'),
  port: port.default(8080).describe('HTTP port of the web role. Option: --port N'),
  host: z
    .string()
    .default('127.0.0.1')
    .describe('Address that the web role listens on; 0.0.0.0 for every interface'),
  publicUrl: z
    .url()
    .optional()
    .describe('Address under which users reach the system; used in mails. Default: http://HOST:PORT'),
  roles: z
    .string()
    .default(allRoles.join(','))
    .transform((text) => text.split(',').map((role) => role.trim()))
    .pipe(z.array(z.enum(allRoles)))
    .describe(
      `Roles that run on this machine, comma separated: ${allRoles.join(', ')}. Option: --roles LIST`,
    ),
  demo: flag.default(false).describe('Runs the demonstration city. Option: --demo'),
  databaseUrl: z
    .string()
    .optional()
    .describe('PostgreSQL of your own (owner role) instead of the built-in one. Variable: DATABASE_URL'),
  clickhouseUrl: z
    .string()
    .optional()
    .describe('ClickHouse of your own instead of the built-in log store. Variable: CLICKHOUSE_URL'),
  clickhouseCluster: z
    .string()
    .regex(/^[A-Za-z_][\w-]{0,63}$/)
    .optional()
    .describe(
      'Name of the cluster that CLICKHOUSE_URL is a node of: tables are made on every node, replicated and distributed',
    ),
  smtpUrl: z.string().optional().describe('Mail server, e.g. smtp://user:secret@mail.example.org:587'),
  mailFrom: z.string().default('教盾 Jiaodun <jiaodun@localhost>').describe('Sender of mails'),
  syslogHost: z.string().default('127.0.0.1').describe('Address that the syslog receiver listens on'),
  syslogUdpPort: port.default(5514).describe('UDP port of the syslog receiver; 0 switches it off'),
  syslogTcpPort: port.default(5514).describe('TCP port of the syslog receiver; 0 switches it off'),
  syslogTlsPort: port
    .default(6514)
    .describe(
      'Port of syslog over TLS (RFC 5425), open when JIAODUN_TLS_CERT and JIAODUN_TLS_KEY are given; 0 switches it off',
    ),
  syslogClientCa: z
    .string()
    .optional()
    .describe(
      'Certificates (PEM file) of those who issue certificates to log senders: then only senders with such a certificate are let in by TLS, and it is their identity',
    ),
  dropDir: z
    .string()
    .optional()
    .describe(
      'Where files are put to be taken, a folder for each log source. Default: drop in the data directory',
    ),
  netflowPort: port
    .default(2055)
    .describe(
      'UDP port for flows (NetFlow v5/v9, IPFIX, H3C Flow 3.0), on JIAODUN_SYSLOG_HOST; 0 switches it off',
    ),
  relpPort: port.default(2514).describe('Port of the RELP receiver; 0 switches it off'),
  relpTlsPort: port
    .default(0)
    .describe('Port of RELP over TLS, with the same certificates as syslog over TLS; 0 switches it off'),
  chromium: z.string().optional().describe('A Chromium of your own for captures instead of the one from npm'),
  tlsProxy: flag
    .default(false)
    .describe(
      'True behind a TLS proxy: cookies are marked Secure, HSTS is sent. See JIAODUN_TRUSTED_PROXIES',
    ),
  trustedProxies: list(z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()])).describe(
    'Addresses or CIDRs of proxies whose X-Forwarded-For is believed, comma separated. Default: none; with JIAODUN_TLS_PROXY this machine',
  ),
  tlsCert: z
    .string()
    .optional()
    .describe(
      'Certificate chain (PEM file): HTTPS is served by the web role itself; reloaded when it changes',
    ),
  tlsKey: z.string().optional().describe('Private key (PEM file) of JIAODUN_TLS_CERT'),
  hostNames: list(z.hostname().max(253)).describe(
    'Further names under which users reach the system, comma separated; the name in JIAODUN_PUBLIC_URL, localhost and plain IP addresses always work',
  ),
  requestsPerMinute: z.coerce
    .number()
    .int()
    .min(0)
    .default(6000)
    .describe(
      'Requests per minute of one account, and of one address without account; sign-in and the like are stricter. 0 switches every such limit off (tests)',
    ),
  secondFactor: z
    .enum(['required', 'offered'])
    .default('required')
    .describe(
      'Whether administrators, and everybody who may reveal names, must sign in with a second factor: required, offered',
    ),
  sm3: flag
    .default(false)
    .describe('Takes the national hash SM3 (GB/T 32905) over sealed logs besides SHA-256; slower'),
  forwardTo: z
    .url()
    .optional()
    .describe('Address of the city’s system: sealed logs are sent there, too (collector role)'),
  forwardToken: z
    .string()
    .optional()
    .describe('API token of this unit at the city, with the permission logs.forward'),
  forwardKbps: z.coerce
    .number()
    .int()
    .min(0)
    .default(0)
    .describe('Most kilobits per second that forwarding may take; 0: no limit'),
  archiveDir: z
    .string()
    .optional()
    .describe('Directory (another disk, a network share) to which old sealed logs move'),
  archiveS3: z
    .url({ protocol: /^s3$/ })
    .optional()
    .describe('Bucket to which old sealed logs move: s3://BUCKET/PREFIX; it goes before JIAODUN_ARCHIVE_DIR'),
  archiveS3Endpoint: z.url().optional().describe('Address of an S3 server of your own; default: Amazon’s'),
  archiveS3Region: z.string().default('us-east-1').describe('Region of the bucket'),
  archiveS3KeyId: z
    .string()
    .optional()
    .describe('Access key id for the bucket; without it the usual places of the machine are looked at'),
  archiveS3Secret: z.string().optional().describe('Secret access key of JIAODUN_ARCHIVE_S3_KEY_ID'),
  archiveAfterDays: z.coerce
    .number()
    .int()
    .min(1)
    .default(30)
    .describe('Days after which sealed logs move to the archive, when there is one'),
  archiveCacheMb: z.coerce
    .number()
    .int()
    .min(64)
    .default(2048)
    .describe('Room for copies of sealed logs that were read from the bucket, MiB'),
  watchSecondVantage: z
    .url({ protocol: /^http$/ })
    .optional()
    .describe(
      'HTTP proxy in another network, http://[USER:SECRET@]HOST:PORT: a site that does not open is asked for from there, too',
    ),
  watchSitesAtOnce: z.coerce
    .number()
    .int()
    .min(1)
    .max(500)
    .default(64)
    .describe('Websites that one worker crawls at the same time, each asked once a second at most'),
  watchLoopbackPauseMs: z.coerce
    .number()
    .int()
    .min(0)
    .max(60_000)
    .default(0)
    .describe(
      'Milliseconds between two requests of a crawl to a site on this machine itself; all other sites are asked once a second at most, whatever stands here',
    ),
  watchDns: list(z.string().regex(/^(?:[\d.]+|\[[0-9a-fA-F:]+\]|[0-9a-fA-F:]+)(?::\d{1,5})?$/)).describe(
    'Name servers that the checks of sites ask, ADDRESS or ADDRESS:PORT, comma separated. Default: the system’s',
  ),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('Detail of the log'),
});

export type Config = z.infer<typeof configSchema>;

/** The environment variable of a setting: `JIAODUN_SYSLOG_HOST`; the two databases keep their usual names. */
export function variableOf(name: string): string {
  if (name === 'databaseUrl') return 'DATABASE_URL';
  if (name === 'clickhouseUrl') return 'CLICKHOUSE_URL';
  if (name === 'dataDir') return 'JIAODUN_DATA';
  return `JIAODUN_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/**
 * Reads the configuration. `overrides` (from the command line) win over the environment.
 * Throws a ZodError that names every wrong setting.
 */
export function loadConfig(overrides: Partial<Record<keyof Config, unknown>> = {}): Config {
  const raw: Record<string, unknown> = {};
  for (const name of Object.keys(configSchema.shape)) {
    const value = process.env[variableOf(name)];
    if (value !== undefined && value !== '') raw[name] = value;
  }
  for (const [name, value] of Object.entries(overrides)) if (value !== undefined) raw[name] = value;
  const config = configSchema.parse(raw);
  return { ...config, dataDir: resolve(config.dataDir) };
}

/** The environment that a child process of ours gets: ours, plus what is added. */
export function childEnvironment(extra: Record<string, string>): NodeJS.ProcessEnv {
  return { ...process.env, ...extra };
}

/** Where users reach the system. */
export function publicUrlOf(config: Config): string {
  if (config.publicUrl) return config.publicUrl.replace(/\/$/, '');
  const host = config.host === '0.0.0.0' || config.host === '::' ? '127.0.0.1' : config.host;
  return `${config.tlsCert ? 'https' : 'http'}://${host}:${config.port}`;
}

/** Whether browsers reach the system by TLS, its own or a proxy's: cookies are Secure then, and HSTS is sent. */
export function isReachedByTls(config: Pick<Config, 'tlsProxy' | 'tlsCert'>): boolean {
  return config.tlsProxy || config.tlsCert !== undefined;
}
