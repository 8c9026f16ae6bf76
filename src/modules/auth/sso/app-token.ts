/** Application tokens of WeCom, DingTalk and 浙政钉: kept until shortly before they expire, asked for once at a time. */

interface Held {
  readonly token: string;
  readonly until: number;
}

const held = new Map<string, Held | Promise<Held>>();
/** Asked for anew so many seconds before the end: the call that uses it takes time, and clocks differ. */
const marginSeconds = 120;

/**
 * The application token of one connector version. `ask` is called when none is held; people who sign in at the same
 * moment share one call (these services count calls per day and some invalidate the former token at each).
 */
export async function appToken(
  versionId: string,
  now: () => number,
  ask: () => Promise<{ token: string; seconds: number }>,
): Promise<string> {
  const known = held.get(versionId);
  if (known instanceof Promise) return (await known).token;
  if (known && known.until > now()) return known.token;
  const asked = ask().then(({ token, seconds }) => ({
    token,
    until: now() + Math.max(0, Math.min(seconds, 86_400) - marginSeconds) * 1000,
  }));
  held.set(versionId, asked);
  try {
    const fresh = await asked;
    held.set(versionId, fresh);
    return fresh.token;
  } catch (error) {
    held.delete(versionId);
    throw error;
  }
}

/** After the service called a token invalid before its time: the next sign-in asks for another. */
export function forgetToken(versionId: string): void {
  held.delete(versionId);
}
