/** `GET /healthz`: each role, each store, and one word for the whole. Names no secret; needs no sign-in. */
import type { App } from '#base/app';
import { elapsed } from '#base/clock';
import { allRoles } from '#base/config';
import { staleAfterSeconds } from '#base/role-process';

export interface Health {
  readonly status: 'ok' | 'degraded' | 'down';
  readonly roles: Record<string, 'ok' | 'down'>;
  readonly stores: Record<string, { status: 'ok' | 'down'; milliseconds: number }>;
}

/** Without PostgreSQL nothing works: `down`. Without another role or store a part does: `degraded`. */
export async function healthOf(app: App): Promise<Health> {
  const [postgres, logstore] = await Promise.all([
    timed(() => app.appPool.query('SELECT 1')),
    timed(() => app.logstore.ping()),
  ]);
  const roles: Record<string, 'ok' | 'down'> = { postgres: postgres.status, logstore: logstore.status };
  const beating = postgres.status === 'ok' ? await beatingRoles(app) : new Set<string>();
  for (const role of allRoles) roles[role] ??= beating.has(role) ? 'ok' : 'down';
  const whole = Object.values(roles).every((state) => state === 'ok') ? 'ok' : 'degraded';
  return { status: postgres.status === 'down' ? 'down' : whole, roles, stores: { postgres, logstore } };
}

async function beatingRoles(app: App): Promise<Set<string>> {
  const { rows } = await app.appPool.query<{ role: string }>(
    'SELECT DISTINCT role FROM base.role_heartbeat WHERE at > base.now() - make_interval(secs => $1)',
    [staleAfterSeconds],
  );
  return new Set(rows.map((row) => row.role));
}

async function timed(work: () => Promise<unknown>): Promise<{ status: 'ok' | 'down'; milliseconds: number }> {
  const start = elapsed();
  // Whatever the reason, the answer is the same word; the reason is in the log of whoever uses the store.
  const status = await work().then(
    () => 'ok' as const,
    () => 'down' as const,
  );
  return { status, milliseconds: Math.round(elapsed() - start) };
}
