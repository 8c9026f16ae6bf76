/** The names of people and devices in a raw line, and the line with their tokens in their place. */
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import type { DataRow, Decode } from './decoders/row.ts';
import { type NameKind, type Pseudonyms, pseudonymsOf } from './pseudonyms.ts';
import { isPersonal } from './search/present-row.ts';
import { ReaderMemory, readerOf } from './source-reader.ts';
import { findSource, type SourceRow } from './store/catalogue.ts';

export interface NameInLine {
  readonly kind: NameKind;
  readonly name: string;
  readonly token: string;
}

/**
 * Finds the names that the source's decoder sees in a record, and those that are written as `User-Name = …`; in a line
 * that no decoder understands, whatever a known mark tells to be one.
 */
export type FindNames = (record: {
  readonly bytes: Uint8Array;
  readonly raw: string;
  readonly recvAt: Date;
  readonly sender: string;
}) => NameInLine[];

/** How the names in lines of a source are found. */
export async function nameFinder(ctx: Ctx, source: SourceRow, pseudonyms: Pseudonyms): Promise<FindNames> {
  const reader = await readerOf(ctx, source);
  const decode = reader.open(new ReaderMemory());
  const scope = { unitPath: source.unit_path, realm: source.realm };
  return ({ bytes, raw, recvAt, sender }) => {
    const read = decode?.(bytes, reader.settings, recvAt, sender) ?? null;
    const rows = rowsOf(read);
    const ts = rows[0]?.ts ?? recvAt.getTime();
    const found = new Map<string, NameInLine>();
    const add = (kind: NameKind, name: string, at: number) => {
      if (name === '' || name === '-' || [...found.values()].some((one) => one.name === name)) return;
      const token = pseudonyms.tokenOf(kind, scope, name, at);
      found.set(token, { kind, name, token });
    };
    for (const row of rows) namesOfRow(row, (kind, name) => add(kind, name, row.ts));
    for (const [, key = '', quoted, plain] of raw.matchAll(labelled)) {
      add(/host|device/i.test(key) ? 'device' : 'user', quoted ?? plain ?? '', ts);
    }
    // A template knows the fields that somebody gave it, and nothing of the rest of the line.
    if (read === null || source.format === 'template') namesByMarks(raw, (kind, name) => add(kind, name, ts));
    return [...found.values()];
  };
}

/** How names in lines of a source are found; `base.not_found` for one that the actor does not see. */
export async function namesOfSource(ctx: Ctx, sourceId: number): Promise<FindNames> {
  const source =
    (await findSource(ctx, { id: sourceId })) ?? fail('base.not_found', { what: `log source ${sourceId}` });
  return nameFinder(ctx, source, await pseudonymsOf(ctx.app));
}

/** Names that stand behind a label, also in lines of which a decoder makes no row by themselves. */
const labelled =
  /\b((?:Stripped-)?User-?Name|login|account|client-?hostname|host-?name|device-?name)\b["']?\s*[=:]\s*(?:"([^"]{1,120})"|([^\s",;)\]}]{1,120}))/gi;

/** What usually stands before a person's name, whoever writes the line. */
const personMarks = [
  /(?:^|[^\w.-])(?:user|usr|user_?id|uid|username|src_?user|suser|duser|xauthuser|account_?name|acct|identity|principal|real_?name|owner)["']?\s*[=:]\s*(?:"([^"]{1,120})"|'([^']{1,120})'|([^\s",;&|)\]}]{1,120}))/gi,
  /(?:用户名?|账号|帐号|账户|姓名|学号|工号|登录名|使用者)["']?\s*[=:：]\s*(?:"([^"]{1,120})"|“([^”]{1,120})”|([^\s",;，；、)\]}]{1,120}))/g,
  /\b(?:for|from|of) (?:invalid |illegal |unknown )?user '?()()([^\s',;:()]{1,64})/gi,
  /\b(?:invalid|illegal|unknown) user '?()()([^\s',;:()]{1,64})/gi,
  /\b(?:accepted|failed) (?:password|publickey|\S{1,30}) for (?!invalid user )()()([^\s',;:()]{1,64})/gi,
  /\buser '?()()([^\s',;:()=]{1,64})'? (?:logged|login|connected|disconnected|authenticated|from|on)\b/gi,
];

const mac = '[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}';
/** And before the name of a device: behind the hardware address of a lease, or labelled as a computer's. */
const deviceMarks = [
  new RegExp(
    `\\bDHCP(?:ACK|REQUEST|OFFER|DISCOVER|INFORM|RELEASE)\\b[^\\n]{0,120}?${mac}\\s+\\(?()()([^\\s()]{1,64})`,
    'gi',
  ),
  /(?:^|[^\w.-])(?:computer|workstation|machine|pc|终端|主机名?|计算机名?|设备名)["']?\s*[=:：]\s*(?:"([^"]{1,120})"|'([^']{1,120})'|([^\s",;，；&|)\]}]{1,120}))/gi,
];

/** Names that stand behind a known mark, for lines that nobody can read. */
export function namesByMarks(raw: string, add: (kind: NameKind, name: string) => void): void {
  const look = (kind: NameKind, marks: readonly RegExp[]) => {
    for (const mark of marks) {
      for (const [, quoted, other, plain] of raw.matchAll(mark)) add(kind, quoted || other || plain || '');
    }
  };
  look('user', personMarks);
  look('device', deviceMarks);
}

function rowsOf(read: ReturnType<Decode>): readonly DataRow[] {
  if (read === null) return [];
  if (!('table' in read)) return read;
  return read.table === 'none' ? [] : [read];
}

function namesOfRow(row: DataRow, add: (kind: NameKind, name: string) => void): void {
  if (row.table === 'event' || row.table === 'sighting') add('user', row.user);
  if (row.table === 'lease') add('device', row.hostname);
  if (row.table !== 'event') return;
  for (const [name, value] of Object.entries(row.extra ?? {})) {
    if (isPersonal(name)) add('user', value);
  }
}

/**
 * The line with a token where each name stood. A name that cannot be found in the text again (it was written in another
 * way) hides the line: better nothing than a name.
 */
export function maskNames(raw: string, names: readonly NameInLine[]): string {
  let shown = raw;
  for (const { name, token } of [...names].sort((a, b) => b.name.length - a.name.length)) {
    const forms = new Set([name, encodeURIComponent(name)].map(literal));
    const masked = shown.replace(
      new RegExp(`(?<![\\w-])(?:${[...forms].join('|')})(?![\\w])`, 'giu'),
      `‹${token}›`,
    );
    if (masked === shown && !shown.includes(token)) return names.map((one) => `‹${one.token}›`).join(' ');
    shown = masked;
  }
  return shown;
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
