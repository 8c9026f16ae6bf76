import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { keepFixTask } from './raise-fix-task.ts';
import { type FindingState, fingerprintOf, pageOf, type SeenFault, stateWhenSeen } from './rules.ts';
import * as store from './store.ts';

export interface Sightings {
  readonly unitId: string;
  readonly unitPath: string;
  readonly siteId: string | null;
  readonly siteName: string | null;
  readonly checkId: string;
  readonly seen: readonly SeenFault[];
}

export interface Recorded {
  /** Ids of faults never seen before. */
  readonly opened: string[];
  /** Ids of faults that were closed or reported as fixed, and are there again. */
  readonly reopened: string[];
  /** Ids of faults that were open and still are. */
  readonly stillOpen: string[];
  /** Ids of faults judged false alarms, which stay so. */
  readonly falseAlarms: string[];
}

/**
 * Takes what one check saw. A known fault is counted, a closed one that is there again reopens and keeps its
 * history; faults that the check reports twice count once. Texts longer than 2000 characters are cut.
 */
export async function recordFindings(ctx: Ctx, input: Sightings): Promise<Recorded> {
  const seen = new Map<string, { fault: SeenFault; fingerprint: Buffer }>();
  for (const raw of input.seen) {
    const fingerprint = fingerprintOf(input.siteId, raw);
    const key = fingerprint.toString('hex');
    if (!seen.has(key)) seen.set(key, { fault: storable(raw), fingerprint });
  }
  const result: Recorded = { opened: [], reopened: [], stillOpen: [], falseAlarms: [] };
  if (seen.size === 0) return result;
  await store.lockSite(ctx, input.siteId);
  const known = await store.findByFingerprint(
    ctx,
    [...seen.values()].map((one) => one.fingerprint),
  );
  const changes: store.StateChange[] = [];
  const sightings: { id: string; state: FindingState; fault: SeenFault }[] = [];
  for (const { id, fingerprint, state } of known) {
    const key = fingerprint.toString('hex');
    const after = stateWhenSeen(state);
    sightings.push({ id, state: after, fault: seen.get(key)!.fault });
    seen.delete(key);
    if (after === 'false_alarm') result.falseAlarms.push(id);
    else if (state === 'open') result.stillOpen.push(id);
    else {
      result.reopened.push(id);
      changes.push({ findingId: id, unitPath: input.unitPath, before: state, after });
    }
  }
  if (sightings.length > 0) await store.noteSeen(ctx, input.checkId, sightings);
  if (seen.size > 0) result.opened.push(...(await store.insertFindings(ctx, input, [...seen.values()])));
  for (const id of result.opened) {
    changes.push({ findingId: id, unitPath: input.unitPath, before: null, after: 'open' });
  }
  await store.insertChanges(ctx, changes, { checkId: input.checkId });
  await auditCheck(ctx, input, result);
  if (result.opened.length + result.reopened.length > 0) await keepFixTask(ctx, input);
  return result;
}

async function auditCheck(ctx: Ctx, input: Sightings, result: Recorded): Promise<void> {
  if (result.opened.length + result.reopened.length === 0) return;
  await recordAudit(ctx, {
    action: 'findings.record',
    subject: `check:${input.checkId}`,
    unitPath: input.unitPath,
    after: { site: input.siteId, opened: result.opened, reopened: result.reopened },
  });
}

const textLimit = 2000;

/** PostgreSQL text holds no NUL, and JSON no lone surrogate. */
function storable(fault: SeenFault): SeenFault {
  const clean = (text: string) => text.slice(0, textLimit).replaceAll('\u0000', '\ufffd').toWellFormed();
  return {
    kind: clean(fault.kind),
    rule: clean(fault.rule),
    severity: fault.severity,
    url: clean(fault.url),
    part: fault.part === null ? null : clean(fault.part),
    start: fault.start,
    end: fault.end,
    text: clean(fault.text),
    context: clean(fault.context),
    view: clean(fault.view),
    href: fault.href === null ? null : clean(fault.href),
  };
}

/**
 * Closes the findings of pages that a check read in full and on which it no longer sees them. Pages that it
 * could not read close nothing (rule 6: unknown is never clean). Only the machine may; returns the closed ids.
 * `kinds` are those that this check looks for: what another one found on the same page is not its to close.
 * Without a site `checkedUrls` are the subjects that the check itself names, as `trace-drill:<unit>`.
 */
export async function closeMissing(
  ctx: Ctx,
  input: {
    siteId: string | null;
    checkedUrls: readonly string[];
    kinds: readonly string[];
    checkId: string;
  },
): Promise<string[]> {
  if (ctx.actor.kind !== 'system') throw new Error('only the machine closes findings');
  const pages = [...new Set(input.checkedUrls.map((url) => pageOf(url).slice(0, textLimit)))];
  if (pages.length === 0) return [];
  await store.lockSite(ctx, input.siteId);
  const missing = await store.findMissing(ctx, input.siteId, pages, input.kinds, input.checkId);
  if (missing.length === 0) return [];
  const ids = missing.map((row) => row.id);
  await store.closeFindings(ctx, ids);
  await store.insertChanges(
    ctx,
    missing.map((row) => ({
      findingId: row.id,
      unitPath: row.unit_path,
      before: row.state,
      after: 'closed' as const,
    })),
    { checkId: input.checkId },
  );
  await recordAudit(ctx, {
    action: 'findings.close',
    subject: `check:${input.checkId}`,
    unitPath: missing[0]!.unit_path,
    after: { site: input.siteId, closed: ids },
  });
  const { unit_id: unitId, unit_path: unitPath, site_name: siteName } = missing[0]!;
  await keepFixTask(ctx, { unitId, unitPath, siteId: input.siteId, siteName });
  return ids;
}
