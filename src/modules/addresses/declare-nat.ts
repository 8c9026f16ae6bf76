/** Declarations of deterministic NAT (RFC 7422), by hand and from a sheet. */
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { newId } from '#base/id';
import { findUnit, type ImportRow, inScope, type Reject, type UnitRef, unitsByCode } from '#units';
import { parseIp, parsePrefix } from './parse-ip.ts';
import { type BlockAlgorithm, insideOf, type PortBlocks, withoutPorts } from './port-blocks.ts';
import { parseSince } from './rules.ts';
import { openRegister, registerTime } from './store/allocations.ts';
import {
  currentNatRules,
  endNatRule,
  findNatRules,
  insertNatRules,
  lockNatRule,
  type NewNatRule,
} from './store/nat-rules.ts';
import { knownRealms } from './store/realms.ts';
import { lookEverywhere } from './store/whole-view.ts';

interface Refusal {
  readonly column: string;
  readonly code: string;
  readonly details: Record<string, unknown>;
}

export interface DeclaredNat extends PortBlocks {
  readonly unitId: string;
  readonly realm: string;
  readonly sourceId: number | null;
  readonly from: string | null;
  readonly note: string;
}

/** What is wrong with a rule; undefined: nothing. Prefixes come back as the register writes them. */
function judge(rule: PortBlocks): Refusal | PortBlocks {
  const inside = parsePrefix(rule.inside.normalize('NFKC'));
  const outside = parsePrefix(rule.outside.normalize('NFKC'));
  if (!inside)
    return { column: 'inside', code: 'addresses.bad_cidr', details: { value: rule.inside.slice(0, 60) } };
  if (!outside)
    return { column: 'outside', code: 'addresses.bad_cidr', details: { value: rule.outside.slice(0, 60) } };
  if (inside.family !== 4 || inside.length < 8)
    return { column: 'inside', code: 'addresses.bad_nat_size', details: {} };
  if (outside.family !== 4 || outside.length < 16)
    return { column: 'outside', code: 'addresses.bad_nat_size', details: {} };
  const { portFrom: from, portTo: to, blockSize: size } = rule;
  const fits = from >= 0 && to <= 65535 && from < to && size >= 1 && size <= to - from + 1;
  if (!fits) return { column: 'block_size', code: 'addresses.bad_ports', details: { from, to, size } };
  return { ...rule, inside: inside.text, outside: outside.text };
}

/** Declares one rule. Throws `addresses.bad_cidr`, `bad_nat_size`, `bad_ports`, `unknown_realm`, `nat_overlap`. */
export async function declareNat(
  ctx: Ctx,
  input: DeclaredNat,
): Promise<{ id: string; withoutPorts: number }> {
  const judged = judge(input);
  if ('code' in judged) fail(judged.code, { ...judged.details, field: fieldNames[judged.column] });
  const unit = await findUnit(ctx, { id: input.unitId });
  if (!unit || !inScope(ctx, unit.unit_path)) fail('base.not_found', { what: `unit ${input.unitId}` });
  if (!(await knownRealms(ctx, [input.realm])).has(input.realm)) {
    fail('addresses.unknown_realm', { field: 'realm', realm: input.realm });
  }
  const rule = { ...input, ...judged, id: newId(), unitPath: unit.unit_path, note: input.note || null };
  await store(ctx, [rule]);
  return { id: rule.id, withoutPorts: withoutPorts(judged) };
}

const fieldNames: Record<string, string> = { inside: 'inside', outside: 'outside', block_size: 'blockSize' };

async function store(ctx: Ctx, rules: readonly NewNatRule[]): Promise<void> {
  const now = await openRegister(ctx);
  try {
    await insertNatRules(ctx, rules, now);
  } catch (error) {
    if ((error as { constraint?: string }).constraint !== 'one_rule_per_port') throw error;
    fail(
      'addresses.nat_overlap',
      { field: 'outside', outside: rules.map((one) => one.outside).join('、') },
      error,
    );
  }
  for (const rule of rules) {
    await recordAudit(ctx, {
      action: 'addresses.declare_nat',
      subject: `nat_rule:${rule.id}`,
      unitPath: rule.unitPath,
      after: rule,
    });
  }
}

/** States until when a rule held: `at`, or now. */
export async function endNat(
  ctx: Ctx,
  id: string,
  { at, reason }: { at?: string | undefined; reason: string },
): Promise<void> {
  const now = await openRegister(ctx);
  const rule = (await lockNatRule(ctx, id)) ?? fail('base.not_found', { what: `NAT rule ${id}` });
  await endNatRule(ctx, id, at ?? now, now);
  await recordAudit(ctx, {
    action: 'addresses.end_nat',
    subject: `nat_rule:${id}`,
    unitPath: rule.unitPath,
    before: { outside: rule.outside, inside: rule.inside },
    after: { at: at ?? now, reason },
  });
}

/** Whose a port was, by the declarations that the actor may see. Throws `addresses.bad_ip`. */
export async function readNatPort(
  ctx: Ctx,
  asked: { ip: string; port: number; at?: string | undefined },
): Promise<{ rule: string; inside: string; realm: string }[]> {
  const ip = parseIp(asked.ip) ?? fail('addresses.bad_ip', { field: 'ip', value: asked.ip });
  const known = await registerTime(ctx);
  const rules = await findNatRules(ctx, ip.text, asked.at ? new Date(asked.at) : known, known);
  return rules.flatMap((rule) => {
    const inside = insideOf(rule, ip.text, asked.port);
    return inside ? [{ rule: rule.id, inside, realm: rule.realm }] : [];
  });
}

/** Stores the good rows of a sheet. A row that is there already, as it is, is counted and not doubled. */
export async function applyNatRules(ctx: Ctx, rows: readonly ImportRow[], reject: Reject): Promise<number> {
  const units = await unitsByCode(ctx);
  const realms = new Set(
    (await knownRealms(ctx, [...new Set(rows.map((row) => row.values.realm || 'main'))])).keys(),
  );
  let stored = 0;
  for (const row of rows) {
    const rule = readRow(ctx, row, { units, realms }, reject);
    if (!rule) continue;
    const others = await lookEverywhere(ctx, (all) => overlapping(all, rule));
    const same = others.some((one) => isSame(one, rule) && inScope(ctx, one.unitPath));
    if (!same && others.length > 0) {
      reject(row, 'outside', 'addresses.nat_overlap', { outside: rule.outside });
      continue;
    }
    if (!same) await store(ctx, [rule]);
    stored += 1;
  }
  return stored;
}

async function overlapping(ctx: Ctx, rule: NewNatRule) {
  const rules = await currentNatRules(ctx, rule.outside);
  const from = rule.from === null ? -Infinity : Date.parse(rule.from);
  return rules.filter(
    (one) =>
      one.portFrom <= rule.portTo &&
      rule.portFrom <= one.portTo &&
      (one.validTo?.getTime() ?? Infinity) > from,
  );
}

const isSame = (a: PortBlocks, b: PortBlocks) =>
  a.inside === b.inside &&
  a.outside === b.outside &&
  a.portFrom === b.portFrom &&
  a.portTo === b.portTo &&
  a.blockSize === b.blockSize &&
  a.algorithm === b.algorithm;

function readRow(
  ctx: Ctx,
  row: ImportRow,
  { units, realms }: { units: ReadonlyMap<string, UnitRef>; realms: ReadonlySet<string> },
  reject: Reject,
): NewNatRule | undefined {
  const {
    inside = '',
    outside = '',
    unit_code: code = '',
    since = '',
    note = '',
    algorithm = '',
  } = row.values;
  const realm = row.values.realm || 'main';
  const number = (key: string) =>
    /^\d{1,5}$/.test(row.values[key] ?? '') ? Number(row.values[key]) : Number.NaN;
  const given = { portFrom: number('port_from'), portTo: number('port_to'), blockSize: number('block_size') };
  const judged = judge({ inside, outside, ...given, algorithm: algorithm as BlockAlgorithm });
  const unit = units.get(code);
  const from = since ? parseSince(since) : null;
  let well = true;
  const refuse = (column: string, error: string, details: Record<string, unknown>) => {
    well = false;
    reject(row, column, error, details);
  };
  if ('code' in judged) refuse(judged.column, judged.code, judged.details);
  if (!unit) refuse('unit_code', 'units.unknown_unit', { code });
  else if (!inScope(ctx, unit.path)) refuse('unit_code', 'units.outside_scope', { code });
  if (!realms.has(realm)) refuse('realm', 'addresses.unknown_realm', { realm });
  if (from === undefined) refuse('since', 'addresses.bad_since', { value: since.slice(0, 60) });
  if (note.length > 500) refuse('note', 'units.too_long', { column: '备注', limit: 500 });
  if (!well || 'code' in judged || !unit) return undefined;
  return {
    ...judged,
    id: newId(),
    realm,
    unitId: unit.id,
    unitPath: unit.path,
    sourceId: null,
    note: note || null,
    from: from?.toISOString() ?? null,
  };
}
