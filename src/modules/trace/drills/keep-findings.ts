import type { Ctx } from '#base/app';
import { closeMissing, recordFindings } from '#findings';
import { type DrillReason, drillReason } from '../contract/drills.ts';
import type { NewPoint, School } from './store.ts';
import { reasonTexts } from './tell-reasons.ts';

/** Points after a fix that must not show the fault again. */
const fewest = 5;

/** The page that shows it: what makes two sightings of one school and reason the same finding. */
const placeOf = (school: School, reason: DrillReason) =>
  `/trace/drills?unit=${school.code}&because=${reason}`;

/**
 * One finding for each school and reason. A drill closes what it no longer sees only when every one of its points was
 * provable: a few points at random that do not show a fault are no proof that it is gone. Only that there are no logs at
 * all is refuted by any point, and that what a school says it has mended shows in none of five points after that.
 */
export async function keepFindings(
  ctx: Ctx,
  result: {
    readonly drillId: string;
    readonly school: School;
    readonly points: readonly NewPoint[];
    readonly because: readonly DrillReason[];
    /** Reasons that the school reported as mended before these points were written. */
    readonly mended?: readonly DrillReason[];
  },
): Promise<void> {
  const { drillId, school, points, because, mended = [] } = result;
  await recordFindings(ctx, {
    unitId: school.id,
    unitPath: school.unit_path,
    siteId: null,
    siteName: null,
    checkId: drillId,
    seen: because.map((reason) => ({
      kind: 'trace',
      rule: `trace.drill.${reason}`,
      severity: reasonTexts[reason].severity,
      url: placeOf(school, reason),
      part: null,
      start: 0,
      end: 0,
      text: reasonTexts[reason].zh,
      context: contextOf(points, reason),
      view: 'source',
      href: null,
    })),
  });
  if (points.length === 0) return;
  const mendedNow = points.length >= fewest ? mended : [];
  const gone: readonly DrillReason[] = because.length === 0 ? drillReason.options : ['no_logs', ...mendedNow];
  const checkedUrls = gone.map((reason) => placeOf(school, reason));
  await closeMissing(ctx, { siteId: null, checkedUrls, kinds: ['trace'], checkId: drillId });
}

/** The points that showed it, as a complaint would name them. */
function contextOf(points: readonly NewPoint[], reason: DrillReason): string {
  return points
    .filter((point) => point.because.includes(reason))
    .map(({ ip, port, proto, at }) => `${ip} ${port === null ? '' : `${port}/`}${proto} ${at.toISOString()}`)
    .join('\n');
}
