import { ApiError } from './api-error.ts';

export type HelpWord =
  | 'unreachable'
  | 'forbidden'
  | 'notFound'
  | 'conflict'
  | 'bug'
  | 'busy'
  | 'invalid'
  | 'address';

/** What the reader can do about a failure, as a word of the catalogue; none where the message itself says it. */
export function helpFor(error: unknown): HelpWord | undefined {
  if (!(error instanceof ApiError)) return 'bug';
  if (error.status === 0) return 'unreachable';
  if (isNoRecord(error)) return 'notFound';
  if (isWrongQuery(error)) return 'address';
  if (error.fields.length > 0) return 'invalid';
  if (error.status >= 500) return error.status === 503 ? 'busy' : 'bug';
  // Only the codes that say no more than their status: a module's own words tell the remedy themselves.
  if (error.code === 'base.forbidden') return 'forbidden';
  if (error.code === 'base.not_found') return 'notFound';
  return error.code === 'base.conflict' ? 'conflict' : undefined;
}

/** Whether the address itself names nothing that could be there (`/sites/xx`): what was typed in no form is at fault. */
export function isNoRecord(error: unknown): boolean {
  return error instanceof ApiError && error.status === 400 && error.details.part === 'params';
}

/** Whether what stands behind the `?` of the address was refused: a filter that the list does not have. */
export function isWrongQuery(error: unknown): boolean {
  return error instanceof ApiError && error.status === 400 && error.details.part === 'query';
}

/** Whether the same request may do better in a moment: the network, the server or its haste were at fault, not what was asked. */
export function mayPass(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status === 429 || error.status >= 500);
}
