/** An address as the log store prints it, in the form that people and registers use. */
export function plainAddress(stored: string): string {
  if (stored === '::') return '';
  return stored.startsWith('::ffff:') && stored.includes('.') ? stored.slice(7) : stored;
}
