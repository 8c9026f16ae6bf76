import type { Ctx } from '#base/app';
import { raiseTask, settleTask } from '#tasks';
import type { Severity } from './rules.ts';
import * as store from './store.ts';

/** Days to mend, by the worst fault of a website: proposed figures, no law gives them. */
const daysToFix: Readonly<Record<Severity, number>> = { critical: 1, high: 3, medium: 7, low: 15, info: 30 };
const dayMs = 86_400_000;

interface Place {
  readonly unitId: string;
  readonly unitPath: string;
  readonly siteId: string | null;
  readonly siteName: string | null;
}

/**
 * Keeps one task a website: there while it has faults to mend, gone when none is left, back when one returns.
 * What the unit reported as fixed waits for the machine and is nobody's to do.
 */
export async function keepFixTask(ctx: Ctx, place: Place): Promise<void> {
  if (place.siteId === null) return;
  const key = `findings:site:${place.siteId}`;
  const { open, worst, now } = await store.toFix(ctx, place.siteId);
  if (open === 0) {
    await settleTask(ctx, key, { state: 'done', words: '没有待整改的问题了 / nothing left to mend' });
    return;
  }
  await raiseTask(ctx, {
    key,
    kind: 'findings.fix',
    unitId: place.unitId,
    unitPath: place.unitPath,
    assignee: { post: 'network_admin' },
    title: `整改“${place.siteName ?? '网站'}”上发现的问题`,
    why: '巡查在网站上发现了问题。改好后点“已整改”，系统复查后自动核销。',
    legalBasis: '《网络安全法》第四十九条；丽教办发〔2009〕57号 第二条（D24）',
    dueAt: new Date(now.getTime() + daysToFix[worst] * dayMs),
    minutes: Math.min(240, 10 * open),
    link: `/findings?siteId=${place.siteId}&state=open`,
    byMachine: true,
    again: true,
  });
}
