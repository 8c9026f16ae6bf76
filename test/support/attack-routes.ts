/** Attacks that are generated from the contracts: every text of every body, every parameter of every query. */
import type { Route } from '#base/contract';
import { moduleOrder } from '#modules';
import { bodiesOf, type Known, type SampleBody, type TextField, withAt } from '#test/attack-bodies';
import { type Answer, type AttackCity, callerOf, send } from '#test/attack-city';
import { testPassword } from '#test/city';

/** What exists to be attacked: ids of rows by table. */
export type Targets = ReadonlyMap<string, readonly string[]>;

export async function targetsOf(city: AttackCity): Promise<Targets> {
  const { rows: tables } = await city.app.ownerPool.query<{ name: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'id'
     WHERE c.relkind = 'r' AND n.nspname = ANY($1)`,
    [[...moduleOrder]],
  );
  const targets = new Map<string, string[]>();
  for (const { name } of tables) {
    const { rows } = await city.app.ownerPool.query<{ id: string }>(
      `SELECT id::text AS id FROM ${name} ORDER BY id LIMIT 40`,
    );
    targets.set(
      name,
      rows.map(({ id }) => id),
    );
  }
  return targets;
}

/** Ids for the `:id` of a path, likely ones first: rows of the tables that the path names. */
export function idsFor(path: string, targets: Targets, city: Fixed): string[] {
  if (!/:(id|\w+Id)\b/.test(path)) return [''];
  if (/^\/api\/units\/:id/.test(path))
    return [/rename|move|merge|split|close|reopen/.test(path) ? city.spare : city.school];
  if (path.startsWith('/api/people/:id')) return [/merge/.test(path) ? city.otherPerson : city.person];
  if (path.startsWith('/api/accounts/:id')) return [city.victim];
  const segments = path.split('/').filter((one) => one !== '' && !one.startsWith(':'));
  const stems = segments.slice(1).map((one) =>
    one
      .replace(/-/g, '_')
      .replace(/^people$/, 'person')
      .replace(/ie?s$|s$/, ''),
  );
  const named = [...targets].filter(([table]) => stems.some((stem) => table.split('.')[1]!.includes(stem)));
  const ids = named.flatMap(([, all]) => [...all.slice(0, 2), ...all.slice(-2)]);
  return ids.length > 0 ? [...new Set(ids)].slice(0, 6) : ['00000000-0000-4000-8000-000000000000'];
}

/** Rows that attacks name. */
export interface Fixed {
  readonly school: string;
  /** A school that may be closed or merged away. */
  readonly spare: string;
  readonly victim: string;
  readonly person: string;
  readonly otherPerson: string;
}

export async function fixedOf(city: AttackCity): Promise<Fixed> {
  const one = async (statement: string) =>
    (await city.app.ownerPool.query<{ id: string }>(statement)).rows[0]!.id;
  return {
    school: await one(`SELECT id FROM units.unit WHERE code = 'east-1'`),
    spare: await one(`SELECT id FROM units.unit WHERE code = 'west-2'`),
    victim: city.people.victim!.id,
    person: await one(`SELECT id FROM units.person WHERE person_no = 'P-1'`),
    otherPerson: await one(`SELECT id FROM units.person WHERE person_no = 'P-2'`),
  };
}

let counted = 0;

/** Values that let a body through to the handler; each call makes other names and numbers. */
export function knownOf(fixed: Fixed, targets: Targets): Known {
  counted += 1;
  const n = counted;
  const first = (table: string) => targets.get(table)?.[0];
  const values: Record<string, unknown> = {
    unitId: fixed.school,
    unitIds: [fixed.school],
    unitCode: 'east-1',
    parentCode: 'east',
    others: ['west-1'],
    personId: fixed.person,
    otherId: fixed.otherPerson,
    toPersonId: fixed.otherPerson,
    officeHeadId: fixed.person,
    accountId: fixed.victim,
    toAccountId: fixed.victim,
    incidentId: first('incidents.incident'),
    siteId: first('sites.site'),
    personNo: `AP-${n}`,
    username: `attacker-${n}`,
    password: testPassword,
    current: testPassword,
    next: `Other-Pass-${2030 + n}`,
    code: `atk-${n}`,
    host: `h${n}.example`,
    url: `http://a${n}.example/`,
    resolveTo: '127.0.0.1:9',
    managerNo: 'P-1',
    headNo: 'P-2',
    number: `N-${n}`,
    ip: '10.1.0.9',
    at: '2026-06-01T01:00:30Z',
    startsOn: '2026-06-01',
    endsOn: '2026-12-01',
    expiresOn: '2026-12-01',
    startsAt: '2026-06-01T02:00:00Z',
    endsAt: '2026-06-03T02:00:00Z',
    dueAt: '2026-06-10T02:00:00Z',
    foundAt: '2026-06-01T01:00:00Z',
    calledAt: '2026-06-01T01:00:00Z',
    permissions: ['sites.read'],
    role: 'school_teacher',
    list: '/api/sites',
    candidate: 0,
    exercise: false,
    mustChangePassword: false,
    post: 'duty',
    key: `atk-${n}`,
    disabled: false,
    fullTime: true,
    phone: '13900000000',
    contactPhone: '13900000000',
    officePhone: '13900000000',
    docNo: '示教〔2026〕9号',
    documentNo: '示教〔2026〕9号',
    schoolCode: '3311000001',
    adminCode: '331100',
    uscc: '91350100M0001TGQXM',
    effectiveOn: '2026-06-01',
    establishedOn: '2026-05-01',
    issuedOn: '2026-01-01',
    sinceOn: '2000-09-01',
    quietFrom: '22:00',
    quietTo: '07:00',
    icpNo: '浙ICP备12345678号',
    policeNo: '浙公网安备33110002000001号',
    link: '/tasks',
    senders: ['192.0.2.1'],
    year: 2026,
    minutes: 5,
    value: { text: `zqx"><img src=x onerror=window.pwned=1>` },
    query: {},
    daysOff: ['2026-06-19'],
    ips: [],
    macs: [],
    revision: 1,
    since: '2026-05-01T00:00:00Z',
    until: '2026-12-01',
    workDays: [],
  };
  return (name) => values[name];
}

/** Where a route is called: its path with ids, and what else its path and query need. */
export function addressOf(route: Route, id: string): string {
  const path = route.path
    .replace(/:format/g, 'pdf')
    .replace(/:seq/g, '1')
    .replace(/:kind/g, 'units')
    .replace(/:key/g, 'attack')
    .replace(/:form/g, 'attack')
    .replace(/:token/g, 'attack-attack-attack-attack-attack')
    .replace(/:\w+/g, id);
  return path;
}

/** A hostile text for a field, or undefined where none fits. */
export type Payload = (field: TextField) => string | undefined;

export interface Attacked {
  readonly route: Route;
  readonly sent: number;
  /** Requests with a hostile text that were taken. */
  readonly taken: number;
  /** Replies of 5xx and connections that broke. */
  readonly broken: readonly string[];
  /** The last refusal. */
  readonly refusal: string;
}

/** Sends a route's body with hostile texts: all at once, without those that are refused by name, then one by one. */
export async function attackBody(
  city: AttackCity,
  route: Route,
  targets: Targets,
  fixed: Fixed,
  payload: Payload,
  /** How many fields are tried alone where all together are refused. */
  alone = 0,
): Promise<Attacked> {
  const tally = { sent: 0, taken: 0, broken: [] as string[], refusal: '' };
  const who = callerOf(route);
  const forms = bodiesOf(route, knownOf(fixed, targets));
  for (const [form] of forms.entries()) {
    const make = () => bodiesOf(route, knownOf(fixed, targets))[form]!;
    const hostile = forms[form]!.texts.filter((field) => payload(field) !== undefined);
    if (hostile.length === 0) continue;
    for (const id of idsFor(route.path, targets, fixed)) {
      const shoot = async (fields: readonly TextField[]) => {
        const answer = await send(
          city,
          who ?? null,
          route.method,
          addressOf(route, id),
          withTexts(make(), fields, payload),
        );
        tally.sent += 1;
        if (answer.status >= 500)
          tally.broken.push(`${route.method} ${route.path} ${answer.text.slice(0, 200)}`);
        if (answer.status >= 400) tally.refusal = `${answer.status} ${answer.text.slice(0, 300)}`;
        if (answer.status < 300 && fields.length > 0) tally.taken += 1;
        return answer;
      };
      const answer = await narrow(shoot, hostile);
      if (answer.status === 404) continue;
      if (answer.status >= 300) for (const field of hostile.slice(0, alone)) await shoot([field]);
      break;
    }
  }
  return { route, ...tally };
}

function withTexts(body: SampleBody, fields: readonly TextField[], payload: Payload): unknown {
  return fields.reduce((value, field) => withAt(value, field.path, payload(field)), body.value);
}

/** Gives up those texts that the reply names until the rest is taken or refused for another reason. */
async function narrow(
  shoot: (fields: readonly TextField[]) => Promise<Answer>,
  hostile: readonly TextField[],
): Promise<Answer> {
  let fields = hostile;
  for (;;) {
    const answer = await shoot(fields);
    if (answer.status !== 400 || answer.code !== 'base.invalid_input') return answer;
    const issues: { path: string }[] = JSON.parse(answer.text).details.issues ?? [];
    const named = new Set(issues.map(({ path }) => path));
    const left = fields.filter(({ path }) => !named.has(path.join('.')));
    if (left.length === fields.length || left.length === 0) return answer;
    fields = left;
  }
}

/** Does `work` for each of `all`, four at a time. */
export async function inTurns<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const waiting = [...all];
  const walk = async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await work(one);
  };
  await Promise.all([walk(), walk(), walk(), walk()]);
}

/** Tables in whose rows a mark stands. */
export async function tablesWith(city: AttackCity, mark: string): Promise<string[]> {
  const { rows } = await city.app.ownerPool.query<{ name: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname = ANY($1) ORDER BY 1`,
    [[...moduleOrder]],
  );
  const found: string[] = [];
  for (const { name } of rows) {
    const { rowCount } = await city.app.ownerPool.query(
      `SELECT FROM ${name} t WHERE strpos(t::text, $1) > 0 LIMIT 1`,
      [mark],
    );
    if (rowCount) found.push(name);
  }
  return found;
}
