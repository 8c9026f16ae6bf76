import type { Ctx } from '#base/app';
import { newId } from '#base/id';
import { type ImportRow, inScope, type Reject, type UnitRef, unitsByCode } from '#units';
import { findAround, findOverlaps, type Holding } from './nest-prefixes.ts';
import { type IpPrefix, parsePrefix } from './parse-ip.ts';
import { refusalOf } from './shape-prefixes.ts';
import {
  type Allocation,
  endAllocations,
  findAllocations,
  insertAllocations,
  openRegister,
} from './store/allocations.ts';
import { knownRealms } from './store/realms.ts';
import { lookEverywhere } from './store/whole-view.ts';

interface Wanted {
  readonly row: ImportRow;
  readonly prefix: IpPrefix;
  readonly realm: string;
  readonly role: 'inside' | 'exit';
  readonly unit: UnitRef;
  readonly note: string | null;
}

interface Places {
  readonly units: ReadonlyMap<string, UnitRef>;
  /** Those that the actor may use, with the path of their unit. */
  readonly realms: ReadonlyMap<string, string>;
}

const keyOf = (realm: string, cidr: string) => `${realm} ${cidr}`;

/**
 * Stores the good rows. A known (realm, prefix) that changes its unit, role or note gets a new row of history;
 * an unchanged one gets none. Returns how many rows of the file now stand in the register.
 */
export async function applyAllocations(
  ctx: Ctx,
  rows: readonly ImportRow[],
  reject: Reject,
): Promise<number> {
  const units = await unitsByCode(ctx);
  const usable = await knownRealms(ctx, [...new Set(rows.map((row) => row.values.realm || 'main'))]);
  const wanted = readRows(ctx, rows, { units, realms: usable }, reject);
  if (wanted.length === 0) return 0;
  const now = await openRegister(ctx);
  const realms = [...new Set(wanted.map((one) => one.realm))];
  const registered = await lookEverywhere(ctx, (all) => findAllocations(all, realms));
  const accepted = refuseOverlaps(ctx, wanted, registered, { units, realms: usable }, reject);
  const known = new Map(registered.map((one) => [keyOf(one.realm, one.cidr), one]));
  const changed = accepted.filter((one) => !isSame(one, known.get(keyOf(one.realm, one.prefix.text))));
  const records = changed.map((one) => {
    const before = known.get(keyOf(one.realm, one.prefix.text));
    return { before, record: recordOf(one, before, before ? now : null) };
  });
  await endAllocations(
    ctx,
    records.flatMap(({ before }) => (before ? [before.id] : [])),
    now,
  );
  await insertAllocations(
    ctx,
    records.map(({ record }) => record),
    now,
  );
  return accepted.length;
}

function readRows(ctx: Ctx, rows: readonly ImportRow[], { units, realms }: Places, reject: Reject): Wanted[] {
  const firstRow = new Map<string, number>();
  const wanted: Wanted[] = [];
  for (const row of rows) {
    const { cidr = '', unit_code: code = '', role = '', note = '' } = row.values;
    const realm = row.values.realm || 'main';
    const prefix = parsePrefix(cidr.normalize('NFKC'));
    const unit = units.get(code);
    let well = true;
    const refuse = (column: string, error: string, details: Record<string, unknown>) => {
      well = false;
      reject(row, column, error, details);
    };
    if (!prefix) refuse('cidr', 'addresses.bad_cidr', { value: cidr.slice(0, 60) });
    if (!unit) refuse('unit_code', 'units.unknown_unit', { code });
    else if (!inScope(ctx, unit.path)) refuse('unit_code', 'units.outside_scope', { code });
    if (realm.length > 60) refuse('realm', 'units.too_long', { column: '路由域', limit: 60 });
    else if (!realms.has(realm)) refuse('realm', 'addresses.unknown_realm', { realm });
    if (note.length > 500) refuse('note', 'units.too_long', { column: '备注', limit: 500 });
    const key = keyOf(realm, prefix?.text ?? '');
    const first = prefix && firstRow.get(key);
    if (first) refuse('cidr', 'units.duplicate_row', { first, value: cidr });
    else if (prefix) firstRow.set(key, row.row);
    if (!well || !prefix || !unit) continue;
    wanted.push({ row, prefix, realm, role: role as Wanted['role'], unit, note: note || null });
  }
  return wanted;
}

/** Refuses rows that overlap another unit's prefix; also those whose prefix belongs to a unit out of scope. */
function refuseOverlaps(
  ctx: Ctx,
  wanted: readonly Wanted[],
  registered: readonly Allocation[],
  { units, realms }: Places,
  reject: Reject,
): Wanted[] {
  const replaced = new Map(wanted.map((one) => [keyOf(one.realm, one.prefix.text), one]));
  const refused = new Set<Wanted>();
  const holdings: Holding[] = [];
  const cidrOf = new Map<Holding, { cidr: string; path: string }>();
  const nameOf = new Map([...units.values()].map((unit) => [unit.path, unit.name]));
  const refuse = (one: Wanted, path: string, cidr: string) => {
    const seen = inScope(ctx, path);
    const unit = seen ? (nameOf.get(path) ?? path) : '其他单位';
    reject(one.row, 'cidr', 'addresses.overlap', { unit, cidr: seen ? cidr : one.prefix.text });
    refused.add(one);
  };
  const hold = (holding: Holding, cidr: string) => {
    holdings.push(holding);
    cidrOf.set(holding, { cidr, path: holding.unitPath });
  };
  for (const one of registered) {
    const again = replaced.get(keyOf(one.realm, one.cidr));
    if (again && inScope(ctx, one.unitPath)) continue;
    if (again) refuse(again, one.unitPath, one.cidr);
    const prefix = parsePrefix(one.cidr);
    if (!prefix) throw new Error(`the register holds ${one.cidr}, which is no prefix`);
    hold({ row: null, prefix, space: `${one.role} ${one.realm}`, unitPath: one.unitPath }, one.cidr);
  }
  for (const one of wanted) {
    if (refused.has(one)) continue;
    const { row, prefix, role, realm, unit } = one;
    hold({ row: row.row, prefix, space: `${role} ${realm}`, unitPath: unit.path }, prefix.text);
  }
  const overlaps = findOverlaps(holdings);
  for (const one of wanted) {
    const other = overlaps.get(one.row.row);
    if (other) refuse(one, cidrOf.get(other)!.path, cidrOf.get(other)!.cidr);
  }
  const known = new Set(registered.map((one) => keyOf(one.realm, one.cidr)));
  const fresh = wanted.filter((one) => !known.has(keyOf(one.realm, one.prefix.text)));
  for (const [one, code] of findUngranted(ctx, { fresh, holdings, realms }, refused)) {
    reject(one.row, 'cidr', code, { cidr: one.prefix.text });
    refused.add(one);
  }
  return wanted.filter((one) => !refused.has(one));
}

/**
 * New prefixes that are not the actor's to register, by the rule of the form. One row's space may rest on another row's
 * grant, so that each refusal is looked at again from those within it.
 */
function findUngranted(
  ctx: Ctx,
  file: { fresh: readonly Wanted[]; holdings: readonly Holding[]; realms: ReadonlyMap<string, string> },
  refused: ReadonlySet<Wanted>,
): Map<Wanted, NonNullable<ReturnType<typeof refusalOf>>> {
  const found = new Map<Wanted, NonNullable<ReturnType<typeof refusalOf>>>();
  const out = new Set([...refused].map((one) => one.row.row));
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    const around = findAround(file.holdings, out);
    for (const one of file.fresh) {
      if (out.has(one.row.row)) continue;
      const code = refusalOf(ctx, around.get(one.row.row)?.unitPath, file.realms.get(one.realm));
      if (!code) continue;
      found.set(one, code);
      out.add(one.row.row);
    }
  }
  return found;
}

function isSame(one: Wanted, before: Allocation | undefined): boolean {
  return (
    before !== undefined &&
    before.role === one.role &&
    before.unitId === one.unit.id &&
    before.note === one.note
  );
}

function recordOf(
  one: Wanted,
  before: Allocation | undefined,
  from: string | null,
): Allocation & { from: string | null } {
  const { prefix, realm, role, unit, note } = one;
  const { id, state } = before ?? { id: newId(), state: 'used' as const };
  return { id, cidr: prefix.text, realm, role, unitId: unit.id, unitPath: unit.path, note, state, from };
}
