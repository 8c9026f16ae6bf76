import { sqlState, violatedConstraint } from '#base/db';
import { fail } from '#base/errors';

/** Throws the database's refusal of a place in the tree in words; anything else as it came. */
export function explainTree(error: unknown, details: { readonly name: string; readonly on: string }): never {
  const constraint = violatedConstraint(error) ?? '';
  const state = sqlState(error);
  if (['unit_in_tree', 'history_has_parent', 'history_without_gap'].includes(constraint)) {
    fail('units.breaks_tree', details, error);
  }
  if (state === '55P03' || state === '40P01') fail('units.tree_busy', {}, error);
  throw error;
}
