/** `GET /healthz`: each role, each store, and one word for the whole. Names no secret; needs no sign-in. */
import type { App } from '#base/app';
import { elapsed } from '#base/clock';
import { allRoles } from '#base/config';
import type { Problem } from '#base/role-health';
import { staleAfterSeconds } from '#base/role-process';

type State = 'ok' | 'degraded' | 'down';

export interface Health {
  readonly status: State;
  /** With several processes of a role, on several machines, the worst that lives. */
  readonly roles: Record<string, State>;
  readonly stores: Record<string, { status: 'ok' | 'down'; milliseconds: number }>;
  /** Why a role is degraded and what to do about it, as the role says itself. */
  readonly problems: readonly (Problem & { readonly role: string })[];
}

/** Without PostgreSQL nothing works: `down`. Without another role or store, or with a degraded one: `degraded`. */
export async function healthOf(app: App): Promise<Health> {
  const [postgres, logstore] = await Promise.all([
    timed(() => app.appPool.query('SELECT 1')),
    timed(() => app.logstore.ping()),
  ]);
  const beats = postgres.status === 'ok' ? await beatsOf(app) : [];
  const roles: Record<string, State> = { postgres: postgres.status, logstore: logstore.status };
  for (const role of allRoles) roles[role] ??= worst(beats.filter((beat) => beat.role === role));
  const whole = Object.values(roles).every((state) => state === 'ok') ? 'ok' : 'degraded';
  const problems = beats.flatMap(({ role, detail }) =>
    (detail.problems ?? []).map((one) => ({ role, ...one })),
  );
  const status = postgres.status === 'down' ? 'down' : whole;
  return { status, roles, stores: { postgres, logstore }, problems };
}

interface Beat {
  readonly role: string;
  readonly status: 'ok' | 'degraded';
  readonly detail: { readonly problems?: readonly Problem[] };
}

/** The last beat of every process that lives. */
async function beatsOf(app: App): Promise<Beat[]> {
  const { rows } = await app.appPool.query<Beat>(
    `SELECT role, status, detail FROM base.role_heartbeat WHERE at > base.now() - make_interval(secs => $1)
     ORDER BY role, host`,
    [staleAfterSeconds],
  );
  return rows;
}

function worst(beats: readonly Beat[]): State {
  if (beats.length === 0) return 'down';
  return beats.every(({ status }) => status === 'ok') ? 'ok' : 'degraded';
}

async function timed(work: () => Promise<unknown>): Promise<{ status: 'ok' | 'down'; milliseconds: number }> {
  const start = elapsed();
  // Whatever the reason, the answer is the same word; the reason is in the log of whoever uses the store.
  const status = await work().then(
    (answer) => (answer === false ? ('down' as const) : ('ok' as const)),
    () => 'down' as const,
  );
  return { status, milliseconds: Math.round(elapsed() - start) };
}
