import { AppError } from '#base/errors';

interface Refusal {
  readonly findingId: string;
  readonly code: string;
  readonly zh: string;
  readonly en: string;
}

/**
 * Does the same to several findings, each once. What `act` refuses is told and stops nothing, except the codes of `fatal`,
 * which would refuse all of them. `act` must refuse before it changes anything: all run in one transaction.
 */
export async function actOnMany(
  findingIds: readonly string[],
  act: (findingId: string) => Promise<unknown>,
  fatal: readonly string[] = [],
): Promise<{ done: number; refused: Refusal[] }> {
  const refused: Refusal[] = [];
  // In one order: two people who act on the same findings at once wait for each other instead of blocking each other.
  const ids = [...new Set(findingIds)].sort();
  for (const findingId of ids) {
    try {
      await act(findingId);
    } catch (error) {
      if (!(error instanceof AppError) || fatal.includes(error.code)) throw error;
      refused.push({ findingId, code: error.code, ...error.messages() });
    }
  }
  return { done: ids.length - refused.length, refused };
}
