/** The bureau's numbers for the crawl: when a column is stale, what a campaign is, which domains are known to be good. */
import type { z } from 'zod';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { findUnit } from '#units';
import type { crawlPolicy, saveCrawlPolicy } from './contract.ts';
import * as store from './policy-store.ts';

export type CrawlPolicy = z.output<typeof crawlPolicy>;

/**
 * What the program brings. Days without news: 国办发〔2019〕19号 政府网站与政务新媒体检查指标 (home page and news two weeks,
 * notices six months). The domains are those of ministries, schools and of services that most sites here embed.
 */
export const starterPolicy: CrawlPolicy = {
  staleDays: { home: 14, news: 14, notice: 180 },
  campaign: { sites: 3, harmfulSites: 2, days: 7 },
  homeLook: { wholePercent: 40, firstScreenPercent: 60, keepDays: 7, keepDifferingDays: 365 },
  knownGood: [
    'gov.cn',
    'edu.cn',
    '12377.cn',
    'people.com.cn',
    'xinhuanet.com',
    'news.cn',
    'cctv.com',
    'cctv.cn',
    'xuexi.cn',
    'qq.com',
    'weibo.com',
    'baidu.com',
    'bdstatic.com',
    'bdimg.com',
    'amap.com',
    'tianqi.com',
    'weather.com.cn',
    'conac.cn',
  ],
};

/** The newest version, or the starter numbers as version 0. */
export async function readPolicy(ctx: Ctx): Promise<store.PolicyRow> {
  const row = await store.newestPolicy(ctx);
  // Versions that were saved before a number existed have the one that the program brings.
  if (row) return { ...row, body: { ...starterPolicy, ...row.body } };
  return { version: 0, body: starterPolicy, changed_at: null, changed_by_name: null };
}

/** Saves a new version, in force from the next check on. Throws `watch.stale_policy` when another was saved since. */
export async function savePolicy(
  ctx: Ctx,
  input: z.output<NonNullable<typeof saveCrawlPolicy.body>>,
): Promise<store.PolicyRow> {
  await store.lockPolicy(ctx);
  const current = await readPolicy(ctx);
  if (current.version !== input.basedOn) fail('watch.stale_policy', { version: current.version });
  const city = (await findUnit(ctx, { kind: 'city' })) ?? fail('base.not_found', { what: 'city' });
  const version = current.version + 1;
  await store.insertPolicy(ctx, { version, unitPath: city.unit_path, body: input.policy });
  await recordAudit(ctx, {
    action: 'watch.save_policy',
    subject: `crawl_policy:${version}`,
    unitPath: city.unit_path,
    before: { ...current.body },
    after: { ...input.policy },
  });
  return readPolicy(ctx);
}

/** Whether a host is one of `domains` or lies below one. */
export function isBelow(host: string, domains: readonly string[]): boolean {
  return domains.some((domain) => host === domain || host.endsWith(`.${domain}`));
}
