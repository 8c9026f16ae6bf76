import { sql } from 'kysely';
import type { Ctx } from '#base/app';

/** Gives every live task of a unit to another unit, with its line of history. The claims of the old unit end. */
export async function moveTasks(
  ctx: Ctx,
  move: { readonly fromId: string; readonly toId: string; readonly toPath: string },
): Promise<number> {
  const done = await sql`WITH hit AS (
      UPDATE tasks.task SET unit_id = ${move.toId}::uuid, unit_path = ${move.toPath}::ltree,
        holder_key = replace(holder_key, ${move.fromId}, ${move.toId}), seq = seq + 1,
        state = CASE WHEN state = 'claimed' THEN 'open' ELSE state END,
        claimed_by = CASE WHEN state = 'claimed' THEN NULL ELSE claimed_by END,
        claimed_by_name = CASE WHEN state = 'claimed' THEN NULL ELSE claimed_by_name END,
        delegate_id = NULL, delegate_name = NULL, delegate_until = NULL
      WHERE unit_id = ${move.fromId}::uuid AND state IN ('open', 'claimed', 'returned')
      RETURNING old.state AS before, new.state AS after, new.id, new.seq, new.unit_path, new.holder_key)
    INSERT INTO tasks.act (task_id, seq, unit_path, act, before, after, actor_id, actor_name, data)
    SELECT id, seq, unit_path, 'move', before, after, ${ctx.actor.id}, ${ctx.actor.name},
      jsonb_build_object('key', holder_key, 'text', '单位合并 / the unit was merged') FROM hit`.execute(
    ctx.db,
  );
  return Number(done.numAffectedRows);
}
