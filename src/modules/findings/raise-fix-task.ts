import type { Ctx } from '#base/app';
import { raiseTask, settleTask } from '#tasks';
import { readFixDays } from './fix-days.ts';
import * as store from './store.ts';

const dayMs = 86_400_000;

interface Place {
  readonly unitId: string;
  readonly unitPath: string;
  readonly siteId: string | null;
  readonly siteName: string | null;
}

/**
 * Keeps one task a website, and one a unit for what is no website's: there while it has faults to mend, gone when none is left, back when one returns.
 * What the unit reported as fixed waits for the machine and is nobody's to do.
 */
export async function keepFixTask(ctx: Ctx, place: Place): Promise<void> {
  const { siteId } = place;
  const key = siteId === null ? `findings:unit:${place.unitId}` : `findings:site:${siteId}`;
  const { open, worst, now } = await store.toFix(ctx, place);
  if (open === 0) {
    await settleTask(ctx, key, { state: 'done', words: '没有待整改的问题了 / nothing left to mend' });
    return;
  }
  const days = await readFixDays(ctx);
  await raiseTask(ctx, {
    key,
    kind: 'findings.fix',
    unitId: place.unitId,
    unitPath: place.unitPath,
    assignee: { post: 'network_admin' },
    ...(siteId === null ? unitWords(place.unitId) : siteWords(siteId, place.siteName)),
    dueAt: new Date(now.getTime() + days[worst] * dayMs),
    minutes: Math.min(240, 10 * open),
    byMachine: true,
    again: true,
  });
}

function siteWords(siteId: string, siteName: string | null) {
  return {
    title: `整改“${siteName ?? '网站'}”上发现的问题`,
    why: '巡查在网站上发现了问题。改好后点“已整改”，系统复查后自动核销。',
    legalBasis: '《网络安全法》第四十九条；丽教办发〔2009〕57号 第二条（D24）',
    link: `/findings?siteId=${siteId}&state=open`,
  };
}

function unitWords(unitId: string) {
  return {
    title: '整改地址、设备和溯源方面的问题',
    why: '网络里看到的情况与登记不符，或溯源查不到人。改好后点“已整改”，系统复查后自动核销。',
    legalBasis: '《网络安全法》第二十三条；丽教办发〔2009〕57号 第二条（D44–D48）',
    link: `/findings?unitId=${unitId}&state=open`,
  };
}
