/** Every page of the web UI with somebody who may see it, in the order of a walk through the product. */
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';

export interface Stop {
  /** Names the pictures and the test. */
  readonly name: string;
  /** As the router knows it. */
  readonly path: string;
  /** The account that looks; null: nobody is signed in. */
  readonly as: string | null;
  /** For a page of one thing: the list of the API whose first row is shown. */
  readonly rows?: string;
  /** What stands in the address instead of `$token`; instead of `$id`, where the demonstration has no such thing. */
  readonly token?: string;
  readonly search?: string;
}

const teacher = 'teacher.school07';
const county = 'county.yunqi';
const city = 'city.officer';
const system = 'sys.admin';
const security = 'sec.admin';
const audit = 'audit.admin';

function stop(name: string, path: string, as: string | null, more: Partial<Stop> = {}): Stop {
  return { name, path, as, ...more };
}

const school07 = '/api/units?q=%E4%BA%91%E6%A0%96%E5%8E%BF%E7%AC%AC%E4%B8%80%E4%B8%AD%E5%AD%A6';

/** The walk. `pagesOfRouter` and this list name the same pages: a test compares them. */
export const tour: readonly Stop[] = [
  stop('sign-in', '/sign-in', null),
  stop('sso-result', '/sso-result', null, { search: '?code=auth.sso_expired' }),
  stop('acknowledge', '/ack/$token', null, { token: 'unknown-token-of-the-tour-0000' }),
  stop('received', '/received/$token', null, { token: 'unknown-token-of-the-tour-0000' }),
  stop('home-school', '/', teacher),
  stop('home-leader', '/', 'head.school07'),
  stop('home-county', '/', county),
  stop('home-city', '/', city),
  stop('home-police', '/', 'police.liaison'),
  stop('home-system', '/', system),
  stop('home-security', '/', security),
  stop('home-auditor', '/', audit),
  stop('tasks', '/tasks', teacher),
  stop('task', '/tasks/$id', teacher, { rows: '/api/tasks' }),
  stop('messages', '/messages', teacher),
  stop('exports', '/exports', county),
  stop('password', '/password', teacher),
  stop('security', '/security', teacher),
  stop('permissions', '/permissions', teacher),
  stop('units', '/units', county),
  stop('unit', '/units/$id', county, { rows: school07 }),
  stop('unit-people', '/units/$id/people', teacher, { rows: school07 }),
  stop('unit-changes', '/unit-changes', county),
  stop('people', '/people', teacher),
  stop('person', '/people/$id', teacher, { rows: '/api/people' }),
  stop('duplicates', '/people/duplicates', county),
  stop('post-exceptions', '/post-exceptions', county),
  stop('certificates', '/certificates', teacher),
  stop('call-backs', '/call-backs', county),
  stop('five-in-place', '/five-in-place', county),
  stop('sites', '/sites', teacher),
  stop('site', '/sites/$id', teacher, { rows: '/api/sites' }),
  stop('devices', '/devices', teacher),
  stop('device', '/devices/$id', teacher, { rows: '/api/devices' }),
  stop('device-labels', '/devices/labels', teacher),
  stop('discovered-devices', '/devices/discovered', teacher),
  stop('allocations', '/allocations', county),
  stop('pollers', '/addresses/pollers', county),
  stop('ask', '/tasks/ask', county),
  stop('requests', '/tasks/requests', county),
  stop('request', '/tasks/requests/$id', county, { rows: '/api/tasks/campaigns' }),
  stop('progress', '/tasks/progress', county),
  stop('task-rules', '/tasks/rules', city),
  stop('findings', '/findings', teacher),
  stop('finding', '/findings/$id', teacher, { rows: '/api/findings' }),
  stop('orders', '/findings/orders', county),
  stop('ignored', '/findings/ignored', county),
  stop('by-school', '/findings/by-school', county),
  stop('precision', '/findings/precision', city),
  stop('campaigns', '/campaigns', city),
  stop('campaign', '/campaigns/$id', city, { token: '01900000-0000-7000-8000-000000000000' }),
  stop('check', '/checks/$id', teacher, { rows: '/api/checks' }),
  stop('change', '/changes/$id', teacher, { rows: '/api/changes' }),
  stop('documents', '/documents', teacher),
  stop('logs', '/logs', teacher),
  stop('log-forward', '/logs/forward', county),
  stop('log-retention', '/logs/retention', county),
  stop('log-sources', '/logs/sources', county),
  stop('log-completeness', '/logs/completeness', county),
  stop('log-source', '/logs/sources/$id', county, { rows: '/api/logs/sources' }),
  stop('words', '/words', city),
  stop('wall', '/watch', county),
  stop('watch-settings', '/watch/settings', city),
  stop('incidents', '/incidents', teacher),
  stop('incident', '/incidents/$id', teacher, { rows: '/api/incidents' }),
  stop('report', '/incidents/report', teacher),
  stop('trace', '/trace', county),
  stop('trace-result', '/trace/$id', city, { rows: '/api/traces' }),
  stop('trace-run', '/trace/runs/$id', county, { rows: '/api/trace-runs' }),
  stop('trace-report', '/trace/report', city),
  stop('trace-drills', '/trace/drills', city),
  stop('trace-drill', '/trace/drills/$id', city, { rows: '/api/traces/drills' }),
  stop('trace-coverage', '/trace/coverage', city),
  stop('nat-sizing', '/tools/nat-sizing', teacher),
  stop('shield', '/shield', county),
  stop('policy', '/policy', city),
  stop('users', '/users', system),
  stop('sign-in-security', '/sign-in-security', security),
  stop('sign-in-methods', '/sign-in-methods', security),
  stop('channels', '/channels', system),
  stop('message-templates', '/message-templates', city),
  stop('escalation', '/escalation', county),
  stop('audit', '/audit', audit),
];

/** Tabs of pages of the walk, which only the pictures show. */
export const moreLooks: readonly Stop[] = [
  stop('log-live', '/logs', teacher, { search: '?tab=live' }),
  stop('log-requests', '/logs', county, { search: '?tab=requests' }),
  stop('log-receivers', '/logs/sources', county, { search: '?tab=receivers' }),
  stop('log-source-reading', '/logs/sources/$id', county, {
    rows: '/api/logs/sources',
    search: '?tab=reading',
  }),
  stop('log-source-completeness', '/logs/sources/$id', county, {
    rows: '/api/logs/sources',
    search: '?tab=completeness',
  }),
  stop('log-gaps', '/logs/completeness', county, { search: '?tab=gaps' }),
  stop('log-certificates', '/logs/completeness', teacher, { search: '?tab=certificates' }),
  stop('log-plans', '/logs/retention', county, { search: '?tab=plans' }),
  stop('log-holds', '/logs/retention', county, { search: '?tab=holds' }),
  stop('prefix-requests', '/allocations', county, { search: '?tab=requests' }),
  stop('exits', '/allocations', county, { search: '?tab=exits' }),
  stop('realms', '/allocations', county, { search: '?tab=realms' }),
  stop('nat-rules', '/allocations', county, { search: '?tab=nat' }),
];

/** `/setup` is answered only before the first set-up: a product of its own is needed to see it. */
export const beforeSetup = '/setup';

/** The paths of the router, read from its source: a page that is added there and not here fails a test. */
export async function pagesOfRouter(): Promise<string[]> {
  const source = await readFile(new URL('../../web/app/router.tsx', import.meta.url), 'utf8');
  const paths = [...source.matchAll(/(?:\bpage\(\s*|\bpath: )'(\/[^']*)'/g)].map(([, path]) => path!);
  return [...new Set(paths)].filter((path) => path !== '');
}

/** The address of a stop in the product at hand; asks the API, as the signed-in person, which row comes first. */
export async function addressOf(page: Page, stop: Stop): Promise<string> {
  let path = stop.token === undefined ? stop.path : stop.path.replace(/\$(?:token|id)/, stop.token);
  if (stop.rows !== undefined) {
    const reply = await page.request.get(stop.rows);
    const { items } = (await reply.json()) as { items?: { id: string }[] };
    if (!items?.[0]) throw new Error(`${stop.name}: ${stop.rows} has no row (${reply.status()})`);
    path = path.replace('$id', items[0].id);
  }
  return path + (stop.search ?? '');
}
