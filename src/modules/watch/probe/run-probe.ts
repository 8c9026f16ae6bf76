/** One probe of one site, from the asking to what is kept of it. */

import { type Actor, type App, type Ctx, systemActor } from '#base/app';
import { publicUrlOf } from '#base/config';
import { halfOf } from '#base/contract';
import { newId } from '#base/id';
import { closeMissing, recordFindings, type SeenFault } from '#findings';
import { recountFindings } from '#sites';
import { availabilityChanged, type ProbeRules } from '../contract.ts';
import { around } from '../reason-words.ts';
import { type Answered, type AskTools, askSite } from './ask-site.ts';
import type { Remark } from './look.ts';
import { faultOf, readRules } from './probe-rules.ts';
import * as store from './probe-store.ts';
import { breaksWeek, looksLikeOwnNetwork, nextSlot, periodMs, type Sample, verdictOf } from './rules.ts';

export const prober: Actor = systemActor('watch.probe');

/** What a probe of `app` asks with. */
export function askToolsOf(app: App, rules: ProbeRules, signal: AbortSignal): AskTools {
  return {
    userAgent: `JiaodunWatch/1.0 (+${publicUrlOf(app.config)})`,
    limitMs: rules.limitSeconds * 1000,
    secondVantage: app.config.watchSecondVantage,
    signal,
  };
}

/**
 * Probes a site that `holder` has taken, and keeps what was seen in one transaction. A worker that dies before leaves
 * nothing behind: the site is taken up again when the lease is over.
 */
export async function runProbe(
  app: App,
  site: store.TakenSite,
  holder: string,
  tools: { readonly rules: ProbeRules; readonly signal: AbortSignal },
): Promise<void> {
  let answered: Answered;
  try {
    const probed = { url: site.url, host: site.host, resolveTo: site.resolve_to };
    answered = await askSite(probed, askToolsOf(app, tools.rules, tools.signal));
  } catch (error) {
    // What failed by itself waits until its lease is over: given back at once it would be tried without end.
    if (!tools.signal.aborted) throw error;
    await app.run(prober, (ctx) => store.release(ctx, site.id, holder));
    return;
  }
  await app.run(prober, (ctx) => keepProbe(ctx, site, holder, answered));
}

async function keepProbe(ctx: Ctx, site: store.TakenSite, holder: string, answered: Answered): Promise<void> {
  const own = await store.lockOwn(ctx, site.id, holder);
  if (!own) return;
  const { rules } = await readRules(ctx);
  const place = { siteId: site.id, unitPath: site.unit_path };
  const final = await ownLine(ctx, site, answered.final);
  const samples = answered.samples.map((sample, at): store.KeptSample => {
    const decides =
      sample.vantage !== 'second' && !answered.samples.slice(at + 1).some((s) => s.vantage !== 'second');
    if (!decides) return { ...sample, counts: false };
    return { ...sample, ...final, counts: site.planned };
  });
  await store.insertProbes(ctx, place, samples);
  if (site.planned) await store.countDay(ctx, place, final.verdict);
  const next = site.planned ? nextSlot(site.host, own.now, periodMs(rules.probesPerDay)) : null;
  await store.endProbe(ctx, { ...place, final, next });
  const moved = await judgeAvailability(ctx, site, {
    final,
    confirmed: answered.second?.saw === 'down',
    rules,
  });
  if (moved) await recountFindings(ctx, site.id);
  if (final.verdict !== site.verdict) {
    await ctx.emit(availabilityChanged, { siteId: site.id, verdict: final.verdict }, site.unit_path);
  }
}

/** When nearly every site that opened fails within minutes, the fault is ours, and none of them is accused. */
async function ownLine(ctx: Ctx, site: store.TakenSite, final: Sample): Promise<Sample> {
  if (final.verdict !== 'down' || site.verdict === 'down') return final;
  const seen = await store.lately(ctx);
  const lately = { asked: seen.asked, lineFailed: seen.lineFailed };
  if (!looksLikeOwnNetwork(final.result, lately)) return final;
  const reason = around(final.reason ?? '', (half, language) =>
    language === 'zh'
      ? `几分钟内几乎所有网站都打不开，多半是本系统的网络有故障：${half}`
      : `Nearly all websites failed within minutes, most likely by this system’s own network: ${half}`,
  );
  return { ...final, result: 'own-network', verdict: verdictOf('own-network'), reason };
}

interface Seen {
  readonly final: Sample;
  readonly confirmed: boolean;
  readonly rules: ProbeRules;
}

/** Keeps outages and the findings about availability; answers whether a finding moved. What could not be judged changes nothing. */
async function judgeAvailability(ctx: Ctx, site: store.TakenSite, seen: Seen): Promise<boolean> {
  const { final, rules } = seen;
  if (final.verdict === 'unseen') return false;
  const place = { siteId: site.id, unitPath: site.unit_path };
  const down: Remark[] = [];
  if (final.verdict === 'down') {
    const { result, reason } = final;
    const outage = await store.keepOutage(ctx, place, { result, reason, confirmed: seen.confirmed });
    // Two planned or repeated looks minutes apart, or one that another place confirms: less would cry wolf.
    if (outage.confirmed || outage.probes >= 2) down.push(downRemark(site, final, outage));
  } else {
    await store.endOutage(ctx, site.id);
  }
  const moved = await keepFaults(ctx, site, { kind: 'outage', remarks: down, rules, looked: true });
  if (!site.planned) return moved;
  const week = await store.weekOf(ctx, site.id, site.url);
  const breaks = breaksWeek(week, rules.weeklyPercent, rules.probesPerDay);
  const remarks = breaks ? [weeklyRemark(week, rules)] : [];
  const weekMoved = await keepFaults(ctx, site, {
    kind: 'availability',
    remarks,
    rules,
    looked: breaks !== undefined,
  });
  return moved || weekMoved;
}

function downRemark(
  site: store.TakenSite,
  final: Sample,
  outage: { probes: number; confirmed: boolean; began_at: Date },
): Remark {
  const isAway = final.result === 'redirect-away';
  const confirmed = outage.confirmed
    ? '另一地点也打不开'
    : '没有经第二个地点证实：也可能只是从本系统到网站的线路不通';
  const began = outage.began_at.toISOString().slice(0, 16).replace('T', ' ');
  return {
    rule: isAway
      ? 'availability.redirect_away'
      : outage.confirmed
        ? 'availability.down'
        : 'availability.down_unconfirmed',
    text: isAway ? '网站跳转到登记以外的地址' : '网站打不开',
    evidence: `${site.url}：自 ${began} UTC 起连续 ${outage.probes} 次探测没有打开；最近一次：${halfOf(final.reason ?? '', 'zh')}。${confirmed}。`,
    remedy: isAway
      ? '确认跳转是不是学校自己设的；不是，按被篡改处置。确已换址的，请上级更正登记。'
      : '请网站管理员或托管单位检查服务器、域名、线路；已经停用的网站请上级注销登记。',
  };
}

function weeklyRemark(week: { opened: number; failed: number; from: Date }, rules: ProbeRules): Remark {
  const all = week.opened + week.failed;
  const share = Math.round((week.failed / all) * 1000) / 10;
  return {
    rule: 'availability.weekly',
    text: '一周内打不开的次数超过规定（单项否决）',
    evidence: `自 ${week.from.toISOString().slice(0, 10)} 起 ${all} 次计划探测中 ${week.failed} 次没有在 ${rules.limitSeconds} 秒内打开，占 ${share}%，规定低于 ${rules.weeklyPercent}%。`,
    remedy: '查明经常打不开的原因并稳定下来。报告整改后，系统用以后一天以上的探测复查。',
  };
}

export interface Faults {
  readonly kind: string;
  readonly remarks: readonly Remark[];
  readonly rules: ProbeRules;
  /** Whether the look was made: only then is a missing fault a mended one. */
  readonly looked: boolean;
}

/** Records what one kind of look saw of a site, and closes what it no longer sees. Answers whether any finding moved. */
export async function keepFaults(
  ctx: Ctx,
  site: { id: string; unit_id: string; unit_path: string; name: string; url: string },
  { kind, remarks, rules, looked }: Faults,
): Promise<boolean> {
  const checkId = newId();
  const seen = remarks
    .map((remark) => faultOf(remark, { kind, url: site.url }, rules))
    .filter((fault): fault is SeenFault => fault !== undefined);
  const recorded = await recordFindings(ctx, {
    unitId: site.unit_id,
    unitPath: site.unit_path,
    siteId: site.id,
    siteName: site.name,
    checkId,
    seen,
  });
  const closed = looked
    ? await closeMissing(ctx, { siteId: site.id, checkedUrls: [site.url], kinds: [kind], checkId })
    : [];
  return recorded.opened.length + recorded.reopened.length + closed.length > 0;
}
