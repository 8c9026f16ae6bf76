/** The daily look at a site's name, certificate, headers and versions, and the weekly one for files. */
import { type App, type Ctx, systemActor } from '#base/app';
import { findByHosts, recountFindings } from '#sites';
import type { ProbeRules, SiteFacts } from '../contract.ts';
import { failureText } from '../failure-text.ts';
import { inBoth } from '../reason-words.ts';
import { outcomeOf, spread, twinOf } from '../rules.ts';
import { fetchHome } from './ask-site.ts';
import { judgeHeaders, judgeVersions, readVersions, type VersionFact } from './header-rules.ts';
import { type Look, type Remark, unread } from './look.ts';
import { lookAtTls, type TlsFacts } from './look-at-tls.ts';
import { changesOf } from './look-changes.ts';
import { lookForFiles } from './look-for-files.ts';
import * as store from './look-store.ts';
import { lookUpNames, type NameFacts } from './look-up-names.ts';
import { levelOf, readRules } from './probe-rules.ts';
import { allowOf, LOOK_EVERY_MS, ownHosts } from './rules.ts';
import { askToolsOf, keepFaults } from './run-probe.ts';
import { judgeLife, ZOMBIE_DAYS } from './zombie-rules.ts';
import { lifeOf } from './zombie-store.ts';

const looker = systemActor('watch.look');

interface Looks {
  readonly dns: Look<NameFacts>;
  readonly tls: Look<TlsFacts>;
  readonly headers: Look<{ versions: readonly VersionFact[] }>;
  readonly files: Look<unknown> | null;
}

const HOME_BYTES = 512 * 1024;

/** Looks at a site that `holder` has taken, and keeps what was seen in one transaction. */
export async function runLook(
  app: App,
  site: store.TakenLook,
  holder: string,
  tools: { readonly rules: ProbeRules; readonly signal: AbortSignal },
): Promise<void> {
  let looks: Looks;
  try {
    looks = await lookAt(app, site, tools);
  } catch (error) {
    // What failed by itself waits until its lease is over: given back at once it would be tried without end.
    if (!tools.signal.aborted) throw error;
    await app.run(looker, (ctx) => store.releaseLook(ctx, site.id, holder));
    return;
  }
  await app.run(looker, (ctx) => keepLook(ctx, site, holder, looks));
}

async function lookAt(
  app: App,
  site: store.TakenLook,
  { rules, signal }: { readonly rules: ProbeRules; readonly signal: AbortSignal },
): Promise<Looks> {
  const probed = { url: site.url, host: site.host, resolveTo: site.resolve_to };
  const ask = askToolsOf(app, rules, signal);
  const home = await fetchHome(probed, ask, HOME_BYTES);
  signal.throwIfAborted();
  const headers = headersOf(home, site.url, rules);
  const dns = await namesOf(app, site);
  signal.throwIfAborted();
  const tls = await tlsOf(app, site, home.finalUrl, { rules, signal });
  const files = site.files && headers.unread === null ? await lookForFiles(probed, ask) : null;
  return { dns, tls, headers, files };
}

function headersOf(
  home: Awaited<ReturnType<typeof fetchHome>>,
  url: string,
  rules: ProbeRules,
): Look<{ versions: readonly VersionFact[] }> {
  const { status, error, headers, body, finalUrl } = home;
  if (status === 0) return unread(error ? failureText(error) : inBoth('没有应答', 'No answer'));
  if (!ownHosts(url).has(new URL(finalUrl).hostname))
    return unread(inBoth('跳转到登记以外的地址', 'Redirects to an address that is not registered'));
  const sample = Buffer.from(body.subarray(0, 12_000)).toString('utf8');
  const outcome = outcomeOf(status, body.length, sample);
  // What a firewall or an error page sends says nothing about the site.
  if (outcome !== 'read')
    return unread(
      inBoth(`首页没有正常打开（状态码 ${status}）`, `The home page did not open (status ${status})`),
    );
  const versions = readVersions({ headers, body });
  const remarks = [...judgeHeaders(headers, finalUrl), ...judgeVersions(versions, rules.versions)];
  return { facts: { versions }, remarks, unread: null };
}

async function namesOf(app: App, site: store.TakenLook): Promise<Look<NameFacts>> {
  if (site.resolve_to !== null)
    return unread(
      inBoth('登记了抓取地址，不经域名解析', 'Fetched at its registered address: its name is not asked for'),
    );
  const { hostname } = new URL(site.url);
  const twin = twinOf(hostname);
  const known = await app.run(looker, (ctx) => findByHosts(ctx, [twin]));
  return lookUpNames(hostname, {
    servers: app.config.watchDns,
    before: site.facts.dns,
    hasPlace: site.server_address !== null,
    twinRegistered: known.has(twin),
    registered: async (addresses) => {
      const allocated = await app.run(looker, (ctx) => store.inAllocations(ctx, addresses));
      return new Set(addresses.filter((one) => allocated.has(one) || site.server_address?.includes(one)));
    },
  });
}

/** The certificate of whatever HTTPS the site ends at; a site without any is told so. */
async function tlsOf(
  app: App,
  site: store.TakenLook,
  finalUrl: string,
  { rules, signal }: { readonly rules: ProbeRules; readonly signal: AbortSignal },
): Promise<Look<TlsFacts>> {
  const registered = new URL(site.url);
  const reached = new URL(finalUrl);
  const own = ownHosts(site.url);
  const secure = [reached, registered].find((url) => url.protocol === 'https:' && own.has(url.hostname));
  if (!secure) {
    const remark: Remark = {
      rule: 'tls.no_https',
      text: '网站没有使用 HTTPS',
      evidence: `${site.url} 以不加密的方式提供`,
      remedy: '申请免费证书，启用 HTTPS，并把 HTTP 跳转过去。',
    };
    return { facts: undefined, remarks: [remark], unread: null };
  }
  const allow = allowOf({ url: site.url, host: site.host, resolveTo: site.resolve_to });
  const options = { allow, now: app.clock.now(), expiryDays: rules.expiryDays, signal };
  return lookAtTls(secure, options);
}

const parts = [
  ['dns', ['dns']],
  ['tls', ['tls']],
  ['headers', ['headers', 'version']],
  ['files', ['exposure']],
] as const;

async function keepLook(ctx: Ctx, site: store.TakenLook, holder: string, looks: Looks): Promise<void> {
  const own = await store.lockOwnLook(ctx, site.id, holder);
  if (!own) return;
  const { rules } = await readRules(ctx);
  const facts = factsOf(own.facts, looks, rules, own.now);
  for (const [part, kinds] of parts) {
    const look = looks[part];
    if (!look) continue;
    for (const kind of kinds) {
      const remarks = look.remarks.filter((one) => one.rule.startsWith(`${kind}.`));
      await keepFaults(ctx, site, { kind, remarks, rules, looked: look.unread === null });
    }
  }
  const life = judgeLife(await lifeOf(ctx, site.id, ZOMBIE_DAYS), own.now);
  await keepFaults(ctx, site, { kind: 'zombie', remarks: life, rules, looked: true });
  await recountFindings(ctx, site.id);
  await store.insertChanges(ctx, { siteId: site.id, unitPath: site.unit_path }, changesOf(own.facts, facts));
  const later = (ms: number) => new Date(own.now.getTime() + ms);
  const searched = looks.files !== null && looks.files.unread === null;
  await store.endLook(ctx, {
    siteId: site.id,
    facts,
    next: later(LOOK_EVERY_MS + spread(site.host, 3_600_000) - 1_800_000),
    // A search that was turned away is tried again with the next look, not after a week.
    nextFiles: searched ? later(rules.filesEveryDays * LOOK_EVERY_MS) : null,
  });
}

/** What is known after this look: a part that could not be looked at keeps what was known, and says that it is old. */
function factsOf(before: Partial<SiteFacts>, looks: Looks, rules: ProbeRules, now: Date): SiteFacts {
  const told = parts.flatMap(([part]) => {
    const look = looks[part];
    if (look && look.unread === null) return look.remarks;
    return (before.remarks ?? [])
      .filter((one) => partOf(one.rule) === part)
      .map((one) => ({ ...one, remedy: '' }));
  });
  const remarks = told
    .map(({ rule, text, evidence }) => ({ rule, text, evidence, level: levelOf(rules, rule) }))
    .filter((one) => one.level !== 'off');
  const dns = looks.dns.facts ?? before.dns;
  const tls = looks.tls.facts ?? (looks.tls.unread === null ? undefined : before.tls);
  const versions = looks.headers.facts ? [...looks.headers.facts.versions] : before.versions;
  const searched = looks.files !== null && looks.files.unread === null;
  return {
    ...(dns ? { dns } : {}),
    ...(tls ? { tls } : {}),
    ...(versions ? { versions } : {}),
    unread: parts.flatMap(([part]) => {
      const reason = looks[part]?.unread;
      return reason ? [{ part, reason }] : [];
    }),
    remarks,
    filesAt: searched ? now.toISOString() : (before.filesAt ?? null),
  };
}

function partOf(rule: string): string {
  const kind = rule.split('.')[0]!;
  return parts.find(([, kinds]) => (kinds as readonly string[]).includes(kind))?.[0] ?? '';
}
