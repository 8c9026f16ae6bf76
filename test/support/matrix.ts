/**
 * What the permission matrix is checked with. Each check returns what it found wrong, so that the test can show, with
 * a leak that it plants itself, that the check would have found one.
 */
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import type { Module } from '#base/app';
import type { Route } from '#base/contract';
import { moduleOrder } from '#modules';
import { sampleOf } from '#test/sample-of';

/** One who calls: with a cookie, a token, or nothing. */
export interface Caller {
  readonly label: string;
  /** The unit's path; what is below it is theirs. Null: nobody. */
  readonly at: string | null;
  /** Renewed when a reply brings another session cookie. */
  headers: Readonly<Record<string, string>>;
  readonly permissions: ReadonlySet<string>;
  readonly isViewer?: boolean;
  readonly isMachine?: boolean;
}

export interface OwnedRoute {
  readonly module: string;
  readonly route: Route;
}

/** Every route with the module that answers it. */
export function routesOf(modules: readonly Module[]): OwnedRoute[] {
  return modules.flatMap(({ name, routes }) => (routes ?? []).map(({ route }) => ({ module: name, route })));
}

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly code: string;
  readonly permission: unknown;
}

export async function send(
  server: FastifyInstance,
  caller: Caller,
  route: Route,
  url: string,
  body?: unknown,
): Promise<Reply> {
  const streams = route.accepts === 'stream';
  const reply = await server.inject({
    method: route.method,
    url,
    headers: {
      'x-requested-with': 'matrix',
      ...caller.headers,
      ...(streams && { 'content-type': 'application/octet-stream' }),
    },
    ...(route.method !== 'GET' && { payload: streams ? Buffer.from('x') : ((body ?? {}) as object) }),
  });
  const fresh = [reply.headers['set-cookie']].flat().find((one) => one?.startsWith('jiaodun_session='));
  if (fresh && !fresh.startsWith('jiaodun_session=;'))
    caller.headers = { ...caller.headers, cookie: fresh.split(';')[0]! };
  const isJson = String(reply.headers['content-type']).includes('json');
  const told = isJson && reply.statusCode >= 400 ? reply.json() : {};
  return {
    status: reply.statusCode,
    text: reply.body,
    code: told.code ?? '',
    permission: told.details?.permission,
  };
}

/** Sample values for what is not an id in a path or a query. */
export function urlOf(route: Route, id: string): string {
  const path = route.path
    .replace(/:format/g, 'pdf')
    .replace(/:seq/g, '1')
    .replace(/:kind/g, 'units')
    .replace(/:key/g, 'units.read')
    .replace(/:\w+/g, id);
  const query = route.query ? sampleOf(route.query) : undefined;
  const search = new URLSearchParams(query as Record<string, string> | undefined).toString();
  return search === '' ? path : `${path}?${search}`;
}

/**
 * Route × caller: without the permission every call is refused as such, whatever it carries; with it none is. A mere
 * viewer changes nothing and takes no file; nobody gets in anywhere but through public doors.
 */
export async function checkAccess(
  server: FastifyInstance,
  routes: readonly OwnedRoute[],
  callers: readonly Caller[],
): Promise<{ cells: number; wrong: string[] }> {
  const wrong: string[] = [];
  let cells = 0;
  for (const { route } of routes) {
    if (route.produces === 'events') continue;
    const one = async (caller: Caller) => {
      const reply = await send(server, caller, route, urlOf(route, '00000000-0000-4000-8000-000000000000'));
      const expected = expectedFor(route, caller);
      const got = gotFrom(reply, route);
      cells += 1;
      // What is about a person’s own account is nothing for a machine.
      const noAccount =
        caller.isMachine && ['signed-in', 'session'].includes(route.access) && got === 'sign in first';
      if (got !== expected && !noAccount) {
        wrong.push(
          `${caller.label} ${route.method} ${route.path}: ${expected} expected, ${got} (${reply.status} ${reply.code})`,
        );
      }
    };
    await Promise.all(callers.map(one));
  }
  return { cells, wrong };
}

type Verdict = 'let in' | 'sign in first' | 'not permitted' | 'only looking';

function expectedFor(route: Route, caller: Caller): Verdict {
  const isOpen = route.access === 'public';
  if (caller.at === null) return isOpen ? 'let in' : 'sign in first';
  const changes = route.method !== 'GET' || route.produces === 'file';
  if (caller.isViewer && changes && !route.whileViewing) return 'only looking';
  const forAll = caller.isMachine ? route.forMachines : undefined;
  const needs = isOpen ? undefined : ['signed-in', 'session'].includes(route.access) ? forAll : route.access;
  return needs === undefined || caller.permissions.has(needs) ? 'let in' : 'not permitted';
}

function gotFrom(reply: Reply, route: Route): Verdict {
  if (reply.code === 'base.unauthenticated') return 'sign in first';
  if (reply.code === 'base.read_only') return 'only looking';
  const asked: readonly unknown[] = [route.access, route.forMachines];
  if (reply.code === 'base.forbidden' && asked.includes(reply.permission)) return 'not permitted';
  return 'let in';
}

/** What exists of one unit: ids of its rows by table, and words that only its rows hold. */
export interface UnitData {
  readonly path: string;
  readonly ids: ReadonlyMap<string, readonly string[]>;
  readonly words: readonly string[];
}

export function isBelow(path: string, scope: string): boolean {
  return path === scope || path.startsWith(`${scope}.`);
}

/** Lists × callers: nothing of a unit that is not theirs shows, neither a row's id nor a word. */
export async function checkLists(
  server: FastifyInstance,
  routes: readonly OwnedRoute[],
  callers: readonly Caller[],
  units: readonly UnitData[],
  published: (table: string) => boolean,
): Promise<{ cells: number; wrong: string[]; seen: Set<string> }> {
  const wrong: string[] = [];
  const seen = new Set<string>();
  let cells = 0;
  const lists = routes.filter(
    ({ route }) => route.method === 'GET' && !route.path.includes(':') && route.produces !== 'events',
  );
  for (const { route } of lists) {
    // The block list is one for the whole city by design: a resolver loads it whole.
    if (route.path === '/api/shield/rpz') continue;
    const one = async (caller: Caller) => {
      if (expectedFor(route, caller) !== 'let in') return;
      const url = urlOf(route, '');
      const reply = await send(
        server,
        caller,
        route,
        url + (url.includes('?') ? '&' : '?') + (route.query ? 'pageSize=100' : ''),
      );
      for (const unit of units) {
        cells += 1;
        // Who acted in one's unit is told, wherever that person's account is.
        const told = route.path.startsWith('/api/audit') ? 'auth.account' : '';
        const marks = marksOf(unit, (table) => table === told || published(table));
        const shown = marks.find((mark) => reply.text.includes(mark));
        const mayShow = caller.at !== null && isBelow(unit.path, caller.at);
        if (shown && !mayShow) wrong.push(`${caller.label} GET ${route.path} shows ${shown} of ${unit.path}`);
        if (shown && mayShow) seen.add(route.path);
      }
    };
    await Promise.all(callers.map(one));
  }
  return { cells, wrong, seen };
}

function marksOf(unit: UnitData, published: (table: string) => boolean): string[] {
  const ids = [...unit.ids].flatMap(([table, list]) => (published(table) ? [] : list));
  return [...unit.words, ...ids.filter((id) => id.length > 8)];
}

/** Rows that routes of several modules take by id. */
const commonTables = ['units.unit', 'units.person', 'sites.site', 'auth.account', 'evidence.bag'];

/**
 * Routes with an id × callers who hold the permission × rows of every unit: what is not theirs is refused. Published
 * rows of units above may be read. Changes go first through the foreign rows, so that nothing of one's own is spent.
 */
export async function checkIds(
  server: FastifyInstance,
  routes: readonly OwnedRoute[],
  callers: readonly Caller[],
  units: readonly UnitData[],
  published: (table: string) => boolean,
): Promise<{ cells: number; wrong: string[]; opened: Set<string> }> {
  const wrong: string[] = [];
  const opened = new Set<string>();
  let cells = 0;
  const single = routes.filter(
    ({ route }) => /:(?!kind|form|seq|key|token)\w+/.test(route.path) && route.access !== 'public',
  );
  for (const { module, route } of single) {
    const body = route.body ? sampleOf(route.body) : undefined;
    const near = tablesNear(module, route.path, [...units[0]!.ids.keys()]);
    const one = async (caller: Caller) => {
      if (caller.at === null || expectedFor(route, caller) !== 'let in') return;
      for (const unit of units) {
        const mine = isBelow(unit.path, caller.at);
        // One sibling is enough, and one child.
        if (!isKin(unit.path, caller.at)) continue;
        if (mine && route.method !== 'GET') continue;
        for (const [table, ids] of unit.ids) {
          if (!near.includes(table) || ids.length === 0) continue;
          const above = published(table) && isBelow(caller.at, unit.path);
          const reply = await send(server, caller, route, urlOf(route, ids[0]!), body);
          cells += 1;
          if (reply.status < 400 && mine) opened.add(route.path);
          if (reply.status < 400 && !mine && !(above && route.method === 'GET')) {
            wrong.push(`${caller.label} ${route.method} ${route.path} takes ${table} of ${unit.path}`);
          }
        }
      }
    };
    await Promise.all(callers.map(one));
  }
  return { cells, wrong, opened };
}

/** The tables whose ids a route takes: those that its path names, otherwise all of its module and the common ones. */
function tablesNear(module: string, path: string, tables: readonly string[]): string[] {
  const near = tables.filter((table) => table.startsWith(`${module}.`) || commonTables.includes(table));
  const named = near.filter((table) => path.includes(table.split('.')[1]!.replaceAll('_', '-')));
  return named.length > 0 ? named : near;
}

/** Own, child, parent or sibling. */
function isKin(path: string, at: string): boolean {
  const above = (one: string) => one.split('.').slice(0, -1).join('.');
  return path === at || above(path) === at || path === above(at) || above(path) === above(at);
}

export interface TableInfo {
  readonly name: string;
  readonly secured: boolean;
  readonly hasPath: boolean;
  /** Rows of units above may be read. */
  readonly published: boolean;
  readonly hasId: boolean;
  /** Columns that an INSERT may name. */
  readonly columns: readonly string[];
}

export async function tablesOf(
  owner: pg.Pool,
  schemas: readonly string[] = moduleOrder,
): Promise<TableInfo[]> {
  const { rows } = await owner.query<TableInfo>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name, c.relrowsecurity AS secured,
       EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'published') AS published,
       EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'unit_path') AS "hasPath",
       EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'id') AS "hasId",
       array(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
         AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity = '') AS columns
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY($1) ORDER BY 1`,
    [[...schemas]],
  );
  return rows;
}

/** Runs as the application role under a scope and rolls back. Returns the rows, or the error's SQLSTATE. */
async function attempt(
  pool: pg.Pool,
  scope: string,
  statement: string,
  values: unknown[] = [],
): Promise<{ count: number; state: string }> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query(
      `SELECT set_config('jiaodun.scope', $1, true), set_config('jiaodun.actor', 'matrix', true)`,
      [scope],
    );
    const done = await client.query(statement, values);
    return { count: done.rowCount ?? 0, state: '' };
  } catch (error) {
    return { count: 0, state: (error as { code?: string }).code ?? String(error) };
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

/**
 * Direct SQL as the application role on one table, under no scope and under each of `scopes`: reads nothing of
 * others, adds nothing to others, changes nothing of others, moves nothing of its own away, deletes nothing at all.
 */
export async function checkTable(
  pools: { app: pg.Pool; owner: pg.Pool },
  table: TableInfo,
  scopes: readonly string[],
  mayAppend: boolean,
): Promise<{ cells: number; wrong: string[] }> {
  const wrong: string[] = [];
  let cells = 0;
  const tell = (scope: string, what: string) =>
    wrong.push(`${table.name} under ${scope || 'no scope'}: ${what}`);
  for (const scope of ['', ...scopes]) {
    const foreign = scope === '' ? 'true' : `NOT unit_path <@ '${scope}'`;
    const hidden = table.published && scope !== '' ? `(${foreign} AND NOT unit_path @> '${scope}')` : foreign;
    const read = await attempt(pools.app, scope, `SELECT FROM ${table.name} WHERE ${hidden}`);
    if (read.count > 0) tell(scope, `${read.count} foreign rows are read`);
    const gone = await attempt(pools.app, scope, `DELETE FROM ${table.name}`);
    if (gone.state !== '42501') tell(scope, `DELETE: ${gone.state || gone.count}`);
    const changed = await attempt(
      pools.app,
      scope,
      `UPDATE ${table.name} SET unit_path = unit_path WHERE ${foreign}`,
    );
    if (changed.count > 0) tell(scope, `${changed.count} foreign rows are changed`);
    cells += 3;
    const { rows } = await pools.owner.query(
      `SELECT to_jsonb(t) AS row FROM ${table.name} t WHERE ${foreign} LIMIT 1`,
    );
    if (rows[0] && !mayAppend) {
      const columns = table.columns.map((one) => `"${one}"`).join(', ');
      const added = await attempt(
        pools.app,
        scope,
        `INSERT INTO ${table.name} (${columns}) SELECT ${columns} FROM jsonb_populate_record(NULL::${table.name}, $1)`,
        [JSON.stringify(rows[0].row)],
      );
      if (added.state !== '42501') tell(scope, `INSERT of a foreign row: ${added.state || 'accepted'}`);
      cells += 1;
    }
    if (scope !== '') {
      const moved = await attempt(
        pools.app,
        scope,
        `UPDATE ${table.name} SET unit_path = 'city' WHERE unit_path <@ '${scope}'`,
      );
      if (moved.count > 0) tell(scope, `${moved.count} own rows are moved to the unit above`);
      cells += 1;
    }
  }
  return { cells, wrong };
}
