/** Which of many records are needed to read another one. Pure. */

/**
 * The few of `all` (in their order) with which `isEnough` holds, or null when all of them are not enough. Each step finds
 * the shortest end of the list that is enough together with what was picked, and picks its first record: without that
 * one it was not. Announcements come again and again, so that mostly one record is needed, the nearest.
 */
export function pickNeeded<T>(all: readonly T[], isEnough: (some: readonly T[]) => boolean): T[] | null {
  if (isEnough([])) return [];
  if (!isEnough(all)) return null;
  const picked = new Set<number>();
  const withEnd = (start: number) => all.filter((_, index) => index >= start || picked.has(index));
  while (!isEnough(withEnd(all.length))) {
    let [low, high] = [0, all.length];
    // Enough at `low`, not enough at `high`.
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (isEnough(withEnd(middle))) low = middle;
      else high = middle;
    }
    if (picked.has(low)) return withEnd(low);
    picked.add(low);
  }
  return withEnd(all.length);
}
