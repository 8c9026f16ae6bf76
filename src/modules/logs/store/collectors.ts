/** PostgreSQL: the heartbeats of the collectors. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';

export interface CollectorBeat {
  readonly host: string;
  readonly at: Date;
  readonly started_at: Date;
  readonly alive: boolean;
  readonly detail: {
    readonly problems?: readonly { readonly zh: string; readonly en: string }[];
    readonly figures?: Readonly<Record<string, number | null>>;
  };
}

/** Collectors that were heard of in the last week; `alive`: within `aliveSeconds`. */
export async function collectorBeats(ctx: Ctx, aliveSeconds: number): Promise<CollectorBeat[]> {
  const { rows } = await sql<CollectorBeat>`SELECT host, at, started_at, detail,
      at > base.now() - make_interval(secs => ${aliveSeconds}) AS alive
    FROM base.role_heartbeat WHERE role = 'collector' AND at > base.now() - interval '7 days'
    ORDER BY host`.execute(ctx.db);
  return rows;
}
