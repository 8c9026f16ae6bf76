/** The hourly look at the domains to which websites lead: one that does not exist can be registered by a stranger. */
import { type App, type Ctx, systemActor } from '#base/app';
import { newId } from '#base/id';
import { closeMissing, recordFindings } from '#findings';
import { siteOf } from '#scan';
import { findUnit } from '#units';
import { readPolicy } from '../crawl-policy.ts';
import { checkSiteSoon } from '../request-check.ts';
import { askDomain, type DomainAnswer } from './ask-domain.ts';
import { afterAnswer, commonPath, DEAD_KIND, deadDomainFault, outerDomain } from './rules.ts';
import * as store from './store.ts';

const looker = systemActor('watch.domains');

/** Domains of one round: all of a fleet of 1000 sites (some 5000) in two days, then each once a week. */
const A_ROUND = 120;
const AT_ONCE = 4;
/** Sites that are checked again when a school says that the links are gone. */
const CHECKS_MAX = 20;

/** Asks for the domains whose turn it is, and opens and closes their findings. */
export async function lookAtDomains(app: App): Promise<void> {
  const due = await app.run(looker, async (ctx) => {
    await enrol(ctx);
    return store.takeDomains(ctx, A_ROUND);
  });
  const { watchDns: servers } = app.config;
  for (let at = 0; at < due.length; at += AT_ONCE) {
    const some = due.slice(at, at + AT_ONCE);
    const answers = await Promise.all(some.map(({ domain }) => askDomain(domain, { servers })));
    await app.run(looker, async (ctx) => {
      for (const [n, one] of some.entries()) await keepAnswer(ctx, one, answers[n]!);
    });
  }
  const standing = await app.run(looker, store.deadDomains);
  for (const one of standing) await app.run(looker, (ctx) => judgeDomain(ctx, one));
}

const keepAnswer = (ctx: Ctx, one: store.DueDomain, answer: DomainAnswer) =>
  store.keepDomain(ctx, one.domain, afterAnswer(one, answer), answer !== 'unseen');

async function enrol(ctx: Ctx): Promise<void> {
  const city = await findUnit(ctx, { kind: 'city' });
  if (!city) return;
  const { knownGood } = (await readPolicy(ctx)).body;
  const own = new Set((await store.registeredHosts(ctx)).map((host) => siteOf(host.replace(/:\d+$/, ''))));
  const domains = new Set<string>();
  for (const host of await store.outerHosts(ctx)) {
    const domain = outerDomain(host, knownGood);
    if (domain !== undefined && !own.has(domain)) domains.add(domain);
  }
  await store.enrolDomains(ctx, [...domains], city.unit_path);
}

/** One finding for one domain, at the lowest unit that all its places have in common; none where it is there or no page leads to it. */
async function judgeDomain(
  ctx: Ctx,
  { domain, isDead, goneSince }: Awaited<ReturnType<typeof store.deadDomains>>[number],
): Promise<void> {
  const checkId = newId();
  const places = isDead ? await store.placesOf(ctx, domain) : [];
  const unit =
    places.length > 0 && (await store.unitAt(ctx, commonPath(places.map(({ unitPath }) => unitPath))));
  if (unit && goneSince) {
    const day = new Date(goneSince.getTime() + 8 * 3_600_000).toISOString().slice(0, 10);
    await recordFindings(ctx, {
      unitId: unit.id,
      unitPath: unit.unitPath,
      siteId: null,
      siteName: null,
      checkId,
      seen: [deadDomainFault(domain, places, day, unit.name)],
    });
  }
  // Closes it where it stands no more: answered, without a link, or moved to a unit above.
  const checkedUrls = [`http://${domain}/`];
  await closeMissing(ctx, { siteId: null, checkedUrls, kinds: [DEAD_KIND], checkId });
}

/** Who says that the links are gone has the sites checked again; the next round closes the finding. */
export async function domainFix(
  ctx: Ctx,
  { findingId, siteId }: { findingId: string; siteId: string | null },
): Promise<void> {
  const domain = siteId === null ? await store.domainOfFinding(ctx, findingId) : undefined;
  if (domain === undefined) return;
  await store.askAgain(ctx, domain);
  const sites = new Set((await store.placesOf(ctx, domain)).map((place) => place.siteId));
  for (const id of [...sites].slice(0, CHECKS_MAX)) await checkSiteSoon(ctx, id);
}
