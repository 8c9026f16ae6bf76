/** Choices of the filters that lists of findings share. */

/** Days since a finding was found. */
export const ages = [7, 30, 90, 180] as const;

/** Kinds by which a list can be narrowed: those of websites. */
export const kindsShown: readonly string[] = [
  'term',
  'hidden-link',
  'personal-data',
  'secrecy',
  'cloaking',
  'defacement',
  'home-look',
  'interactive',
  'change',
  'campaign',
  'outage',
  'availability',
  'dns',
  'tls',
  'headers',
  'version',
  'exposure',
  'filing',
  'stale',
  'dead-link',
  'encoding',
];
