/** A row of the store as a search shows it: names are tokens, what was not logged is left out. */
import type { LogRow } from '../contract.ts';
import { isToken, type NameKind, type Pseudonyms } from '../pseudonyms.ts';
import type { Cursor } from '../rules.ts';
import type { SourceRow } from '../store/catalogue.ts';
import { plainAddress } from '../store/plain-address.ts';
import type { Kind } from '../store/search-columns.ts';

export interface FoundRow {
  readonly cursor: Cursor;
  readonly row: LogRow & { readonly ts: string };
}

export interface Shown {
  readonly sources: ReadonlyMap<number, SourceRow>;
  readonly pseudonyms: Pseudonyms;
}

/** One counted value as the store has it. */
export interface TopRow {
  readonly value: string;
  readonly src?: number;
  readonly at?: string;
  readonly row_count: string;
  readonly total: string;
}

/** A counted value as a search shows it. */
export function shownValue({ sources, pseudonyms }: Shown, field: string, row: TopRow): string {
  if (field === 'source') return sources.get(Number(row.value))?.name ?? row.value;
  const name = field === 'device' ? 'device' : isPersonal(field) && !isToken(row.value) ? 'user' : null;
  if (name === null) return addressLike.test(row.value) ? plainAddress(row.value) : row.value;
  const source = sources.get(Number(row.src)) ?? [...sources.values()][0];
  const scope = { unitPath: source?.unit_path ?? '', realm: source?.realm ?? '' };
  return pseudonyms.tokenOf(name, scope, row.value, Number(row.at ?? 0));
}

const addressLike = /^::ffff:\d/;
const addressFields = new Set(['cli', 'dst', 'pub_ip', 'in_ip', 'dst_ip', 'ip']);
const sizeFields = new Set(['up', 'dn', 'num']);
/** What decoders find that has no column and is the name of a person or a device. */
const personal = /^(?:.*[_.-])?(?:user(?:name)?|login|account|hostname|device_?name|client_?name|cn)$/i;

export function presentRow(raw: Record<string, unknown>, { sources, pseudonyms }: Shown): FoundRow {
  const { at, seg, seq, src, dec, row_kind: kind, extra, user_tok: user, hostname, ...rest } = raw;
  const cursor = { ts: Number(at), seg: Number(seg), seq: Number(seq) };
  const source = sources.get(Number(src));
  const scope = { unitPath: source?.unit_path ?? '', realm: source?.realm ?? '' };
  const tokenOf = (of: NameKind, name: unknown) =>
    pseudonyms.tokenOf(of, scope, String(name ?? ''), cursor.ts);
  const fields: Record<string, string | number> = {};
  const add = (name: string, value: unknown) => {
    // What was not logged is left out, not shown as 0.
    if (value === '' || value === '::' || value === 0 || value === '0' || value === '-1') return;
    if (addressFields.has(name)) fields[name] = plainAddress(String(value));
    // The store gives 64-bit numbers as text; sizes of single requests fit a number by far.
    else fields[name] = sizeFields.has(name) ? Number(value) : (value as string | number);
  };
  for (const [name, value] of Object.entries(rest)) add(name, value);
  if (user !== undefined) add('user', isToken(String(user)) ? user : tokenOf('user', user));
  if (hostname !== undefined) add('device', tokenOf('device', hostname));
  for (const [name, value] of Object.entries((extra as Record<string, string> | undefined) ?? {})) {
    add(`extra.${name}`, isPersonal(name) ? tokenOf('user', value) : value);
  }
  return {
    cursor,
    row: {
      ts: new Date(cursor.ts).toISOString(),
      kind: kind as Kind,
      source: source?.name ?? String(src),
      sourceId: Number(src),
      fields,
      segment: cursor.seg,
      seq: cursor.seq,
      decoder: String(dec ?? ''),
    },
  };
}

/** Whether a value that a decoder found under this name is the name of a person or a device. */
export function isPersonal(name: string): boolean {
  return personal.test(name);
}

export function newestFirst(a: FoundRow, b: FoundRow): number {
  return b.cursor.ts - a.cursor.ts || b.cursor.seg - a.cursor.seg || b.cursor.seq - a.cursor.seq;
}
