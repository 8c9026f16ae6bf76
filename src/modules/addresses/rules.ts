/** Pure decisions about a row of the device sheet. */

/**
 * A moment as people write it: `2026-03-01`, `2026/3/1`, with an optional time of day, or ISO with a zone.
 * Without a zone it is China Standard Time. Undefined when it is none, or is no real date.
 */
export function parseSince(text: string): Date | undefined {
  const local = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?$/.exec(
    text,
  );
  if (!local) {
    const zoned = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})$/.test(text);
    const date = new Date(text);
    return zoned && !Number.isNaN(date.getTime()) ? date : undefined;
  }
  const [year, month, day, hour, minute, second] = local.slice(1).map((part) => Number(part ?? 0));
  const wall = new Date(Date.UTC(year!, month! - 1, day, hour, minute, second));
  const real = wall.getUTCMonth() === month! - 1 && wall.getUTCDate() === day && wall.getUTCHours() === hour;
  return real && minute! < 60 && second! < 60 && year! >= 1990
    ? new Date(wall.getTime() - 8 * 3_600_000)
    : undefined;
}

/** What must differ between two devices at one time. */
export const claimKey = {
  ip: (realm: string, ip: string) => `ip ${realm} ${ip}`,
  mac: (mac: string) => `mac ${mac}`,
};

/** Whether a fact that holds since `heldFrom` already says what is stated from `from` on (null: no time given). */
export function isStated(
  held: { values: Readonly<Record<string, string | null>>; unitPath: string; from: number } | undefined,
  stated: { values: Readonly<Record<string, string | null>> | null; unitPath: string },
  from: number | null,
): boolean {
  if (!held || !stated.values) return !held && !stated.values;
  if (held.unitPath !== stated.unitPath) return false;
  const same = Object.entries(stated.values).every(([column, value]) => held.values[column] === value);
  return same && (from === null || held.from <= from);
}
