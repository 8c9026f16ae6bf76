/** The rules of the probes: the bureau's newest version, or those that the program brings. */
import type { z } from 'zod';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import type { SeenFault } from '#findings';
import { findUnit } from '#units';
import type { ProbeRules, ruleLevel, saveProbeRules } from '../contract.ts';
import { defaultRules } from './default-rules.ts';
import type { Remark } from './look.ts';
import * as store from './rule-store.ts';

export interface RulesInForce {
  readonly version: number;
  readonly rules: ProbeRules;
  readonly changedAt: Date | null;
  readonly changedBy: string | null;
}

/** The rules in force; version 0 is what the program brings. What an older version lacks is the program's. */
export async function readRules(ctx: Ctx): Promise<RulesInForce> {
  const row = await store.newestRules(ctx);
  if (!row) return { version: 0, rules: defaultRules, changedAt: null, changedBy: null };
  const rules = { ...defaultRules, ...row.body, levels: { ...defaultRules.levels, ...row.body.levels } };
  return { version: row.version, rules, changedAt: row.changed_at, changedBy: row.changed_by_name };
}

/** Saves a new version. Throws `watch.stale_probe_rules` when another was saved since the one that the editor saw. */
export async function saveRules(
  ctx: Ctx,
  input: z.output<NonNullable<typeof saveProbeRules.body>>,
): Promise<RulesInForce> {
  await store.lockRules(ctx);
  const before = await readRules(ctx);
  if (before.version !== input.basedOn) {
    fail('watch.stale_probe_rules', { version: before.version, by: before.changedBy ?? '' });
  }
  const city = (await findUnit(ctx, { kind: 'city' })) ?? fail('base.not_found', { what: 'city' });
  const version = before.version + 1;
  await store.insertRules(ctx, { version, unitPath: city.unit_path, body: input.rules });
  await recordAudit(ctx, {
    action: 'watch.save_probe_rules',
    subject: `probe_rules:${version}`,
    unitPath: city.unit_path,
    before: before.rules,
    after: input.rules,
  });
  return readRules(ctx);
}

export type Level = z.infer<typeof ruleLevel>;

/** A rule that nobody has given a level is advice: it accuses nobody. */
export function levelOf(rules: ProbeRules, rule: string): Level {
  return rules.levels[rule] ?? 'advice';
}

/** A remark as a finding of a page; undefined when its rule makes none. */
export function faultOf(
  remark: Remark,
  place: { readonly kind: string; readonly url: string },
  rules: ProbeRules,
): SeenFault | undefined {
  const level = levelOf(rules, remark.rule);
  if (level === 'off' || level === 'advice') return undefined;
  return {
    kind: place.kind,
    rule: remark.rule,
    severity: level,
    url: place.url,
    part: null,
    start: 0,
    end: 0,
    text: remark.text,
    context: `${remark.evidence}\n怎么办：${remark.remedy}`,
    view: 'probe',
    href: null,
  };
}
