export type HomeKind = 'school' | 'county' | 'city' | 'auditor' | 'admin';

/** Whose home page it is, by roles; `unitKind` tells where a leader leads. */
export function homeKindOf(roles: readonly string[], unitKind?: string): HomeKind {
  if (roles.includes('audit_admin')) return 'auditor';
  if (roles.includes('system_admin') || roles.includes('security_admin')) return 'admin';
  if (roles.includes('city_officer')) return 'city';
  if (roles.includes('county_officer')) return 'county';
  if (roles.includes('leader') && (unitKind === 'city' || unitKind === 'county')) return unitKind;
  return 'school';
}
