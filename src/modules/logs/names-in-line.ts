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

/** Finds the names that the source's decoder sees in a record, and those that are written as `User-Name = …`. */
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
