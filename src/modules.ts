/** THE ordered list of modules: start order, and the import rule (a module imports only names above it). */
export const moduleOrder = [
  'audit',
  'units',
  'auth',
  'notify',
  'tasks',
  'findings',
  'scan',
  'evidence',
  'logs',
  'addresses',
  'trace',
  'sites',
  'watch',
  'shield',
  'incidents',
] as const;

export type ModuleName = (typeof moduleOrder)[number];
