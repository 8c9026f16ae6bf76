import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { keepOrders } from './keep-orders.ts';
import { keepFixTask } from './raise-fix-task.ts';
import { fingerprintOf, type Ignored, ignoredBy, pageOf, type SeenFault } from './rules.ts';
import * as store from './store.ts';
import { suppressionsInForce } from './suppression-store.ts';

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
  /** Ids of faults that two people agreed to ignore, and that are. */
  readonly falseAlarms: string[];
}

/**
 * Takes what one check saw. A known fault is counted, a closed one that is there again reopens and keeps its
 * history; what two people agreed to ignore is counted and not reported, until that lapses; faults that the check
 * reports twice count once. Texts longer than 2000 characters are cut.
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
  const rules = [...new Set([...seen.values()].map((one) => one.fault.rule))];
  const inForce = await suppressionsInForce(ctx, input, rules);
  const changes: store.StateChange[] = [];
  const sightings: store.Sighting[] = [];
  const orders: (string | null)[] = [];
  for (const one of known) {
    const key = one.fingerprint.toString('hex');
    const { fault } = seen.get(key)!;
    seen.delete(key);
    const { after, ignored } = judgeSeen(one, fault, inForce);
    const isReturned = one.state === 'fixed' && after === 'open';
    sightings.push({ id: one.id, state: after, fault, ignored, isReturned });
    if (after === 'false_alarm') result.falseAlarms.push(one.id);
    else if (one.state === 'open') result.stillOpen.push(one.id);
    else result.reopened.push(one.id);
    if (after === one.state) continue;
    orders.push(one.rectificationId);
    changes.push({
      findingId: one.id,
      unitPath: input.unitPath,
      before: one.state,
      after,
      act: isReturned ? 'returned' : one.state === 'false_alarm' ? 'lapsed' : 'state',
    });
  }
  if (sightings.length > 0) await store.noteSeen(ctx, input.checkId, sightings);
  const fresh = [...seen.values()].map((one) => ({
    ...one,
    ignored: ignoredBy(inForce, one.fault, one.fingerprint),
  }));
  for (const { id, state } of fresh.length === 0 ? [] : await store.insertFindings(ctx, input, fresh)) {
    (state === 'open' ? result.opened : result.falseAlarms).push(id);
    changes.push({ findingId: id, unitPath: input.unitPath, before: null, after: state });
  }
  await store.insertChanges(ctx, changes, { checkId: input.checkId });
  await auditCheck(ctx, input, result);
  if (changes.length > 0) await keepFixTask(ctx, input);
  await keepOrders(ctx, orders);
  return result;
}

/** The state of a known finding after the machine has seen it again. */
function judgeSeen(
  known: store.KnownFinding,
  fault: SeenFault,
  inForce: readonly (Ignored & { readonly decidedBy: string })[],
): { after: 'open' | 'false_alarm'; ignored?: Ignored | undefined } {
  // Judged before false alarms had an end: it stays one.
  if (known.state === 'false_alarm' && known.suppressionId === null) return { after: 'false_alarm' };
  const held = inForce.find((one) => known.state === 'false_alarm' && one.id === known.suppressionId);
  const ignored = held ?? ignoredBy(inForce, fault, known.fingerprint, known.fixedBy);
  return ignored ? { after: 'false_alarm', ignored } : { after: 'open' };
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
 * `inBrowser`: the check opened the pages in a browser; what was found so (part `browser`) is closed by such checks only,
 * and nothing else is.
 */
export async function closeMissing(
  ctx: Ctx,
  input: {
    siteId: string | null;
    checkedUrls: readonly string[];
    kinds: readonly string[];
    checkId: string;
    inBrowser?: boolean;
  },
): Promise<string[]> {
  if (ctx.actor.kind !== 'system') throw new Error('only the machine closes findings');
  const pages = [...new Set(input.checkedUrls.map((url) => pageOf(url).slice(0, textLimit)))];
  if (pages.length === 0) return [];
  await store.lockSite(ctx, input.siteId);
  const missing = await store.findMissing(ctx, { ...input, pages });
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
  await keepOrders(
    ctx,
    missing.map((row) => row.rectification_id),
  );
  return ids;
}
