/** Whether a unit's path lies in a scope: what the database's policies say, for decisions outside of it. */
export function inSubtree(unitPath: string, scope: string): boolean {
  return scope === '*' || (scope !== '' && (unitPath === scope || unitPath.startsWith(`${scope}.`)));
}
