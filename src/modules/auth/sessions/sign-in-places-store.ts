import { sql } from 'kysely';
import type { Ctx } from '#base/app';

/** From where, of which unit, when: no person. */
export interface SignInPlace {
  readonly unitId: string;
  readonly unitPath: string;
  /** As the server saw it: behind trusted proxies the address that they name. */
  readonly remote: string;
  readonly at: Date;
}

/** Sign-ins of the units' people since a time, as far as the scope shows. */
export async function findSignInPlaces(ctx: Ctx, since: Date): Promise<SignInPlace[]> {
  const { rows } =
    await sql<SignInPlace>`SELECT a.unit_id AS "unitId", a.unit_path::text AS "unitPath", s.remote,
      s.started_at AS at
    FROM auth.session s JOIN auth.account a ON a.id = s.account_id
    WHERE s.started_at >= ${since}::timestamptz AND s.remote <> ''`.execute(ctx.db);
  return rows;
}
