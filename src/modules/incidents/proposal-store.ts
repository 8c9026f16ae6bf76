import { sql } from 'kysely';
import type { Ctx } from '#base/app';

export interface ProposalRow {
  id: string;
  incident_id: string;
  round: number;
  kind: 'contained' | 'dismissed';
  reason: string;
  proposed_by: string;
  proposed_by_name: string;
  proposed_at: Date;
  approved: boolean | null;
  decided_by_name: string | null;
}

export async function insertProposal(
  ctx: Ctx,
  incident: { id: string; unit_path: string; reopened: number },
  kind: ProposalRow['kind'],
  reason: string,
): Promise<string> {
  const { rows } = await sql<{ id: string }>`INSERT INTO incidents.proposal
      (incident_id, unit_path, round, kind, reason, proposed_by, proposed_by_name)
    VALUES (${incident.id}::uuid, ${incident.unit_path}::ltree, ${incident.reopened}, ${kind}, ${reason},
      ${ctx.actor.id}, ${ctx.actor.name}) RETURNING id`.execute(ctx.db);
  return rows[0]!.id;
}

export async function proposalsOf(ctx: Ctx, incidentId: string): Promise<ProposalRow[]> {
  const { rows } =
    await sql<ProposalRow>`SELECT * FROM incidents.proposal WHERE incident_id = ${incidentId}::uuid
    ORDER BY id`.execute(ctx.db);
  return rows;
}

/** Decides a waiting proposal; the database refuses the proposer. False when it is not waiting any more. */
export async function decideProposal(ctx: Ctx, id: string, approve: boolean): Promise<boolean> {
  const done = await sql`UPDATE incidents.proposal SET approved = ${approve}, decided_by = ${ctx.actor.id},
    decided_by_name = ${ctx.actor.name}, decided_at = base.now()
    WHERE id = ${id}::uuid AND approved IS NULL`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}
