/** When a registered website is one that nobody tends any more. Pure. */
import type { Remark } from './look.ts';
import type { Life } from './zombie-store.ts';

/** So many days without an answer, or without a change. The year's check of sites asks for less; a summer is shorter. */
export const ZOMBIE_DAYS = 90;
const DAY_MS = 86_400_000;
/** A system that itself stood still for a third of the days has not seen that a site was away. */
const MOST_DAYS = 60;
/** The site must have been read lately: one that could not be read is not one that does not change. */
const READ_LATELY_DAYS = 14;

const remedy =
  '不再使用的网站请关停：先备份保存，再关闭服务器和域名解析，注销 ICP 与公安备案，并在本系统注销登记。仍在使用的，恢复访问或更新内容。';

/** What could not be seen says nothing: a site is down, or without change, only as far as it was looked at. */
export function judgeLife(life: Life, now: Date): Remark[] {
  const daysSince = (time: Date) => Math.floor((now.getTime() - time.getTime()) / DAY_MS);
  const { downSince, readBefore, readLast } = life;
  if (downSince && daysSince(downSince) >= ZOMBIE_DAYS && life.opened === 0 && life.daysProbed >= MOST_DAYS) {
    return [
      {
        rule: 'zombie.unreachable',
        text: '登记的网站连续 90 天以上打不开',
        evidence: `自 ${dayOf(downSince)} 起打不开，近 ${ZOMBIE_DAYS} 天有 ${life.daysProbed} 天探测过，没有一次打开。域名若被他人取得，会以学校的名义放别的内容。`,
        remedy,
      },
    ];
  }
  if (!readBefore || !readLast || daysSince(readLast) > READ_LATELY_DAYS || life.hasChanged) return [];
  if (life.newestDay !== null && daysSince(new Date(`${life.newestDay}T00:00:00Z`)) < ZOMBIE_DAYS) return [];
  const newest = life.newestDay === null ? '' : `，页面上最新的日期是 ${life.newestDay}`;
  return [
    {
      rule: 'zombie.unchanged',
      text: '登记的网站 90 天以上没有任何变化',
      evidence: `自 ${dayOf(readBefore)} 起检查，近 ${ZOMBIE_DAYS} 天没有一页变过，也没有新的附件${newest}。`,
      remedy,
    },
  ];
}

/** The day as schools count it. */
const dayOf = (time: Date) => new Date(time.getTime() + 8 * 3_600_000).toISOString().slice(0, 10);
