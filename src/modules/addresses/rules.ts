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

interface HeldFact {
  readonly rowId: string;
  readonly values: Readonly<Record<string, string | null>>;
  readonly unitPath: string;
  /** Milliseconds since 1970; -Infinity: since ever. */
  readonly from: number;
  /** Whether it holds still; what ended is no part of what is stated to hold on. */
  readonly holds: boolean;
}

/**
 * What a statement changes, given what the register says for its time: `values` is what it does not say yet, `kept` are
 * the rows that say their part already. A row "since ever" does not say since when: a day stated for it (`from`, null: none) is new knowledge.
 * Undefined: the register says it all, and nothing more.
 */
export function newOf<V extends Readonly<Record<string, string | null>>>(
  held: readonly HeldFact[],
  stated: { values: readonly V[]; unitPath: string },
  from: number | null,
): { values: V[]; kept: string[] } | undefined {
  const kept: string[] = [];
  const values = stated.values.filter((wanted) => {
    const known = held.find(
      (fact) =>
        fact.holds &&
        fact.unitPath === stated.unitPath &&
        Object.entries(wanted).every(([column, value]) => fact.values[column] === value) &&
        (from === null || (fact.from !== -Infinity && fact.from <= from)),
    );
    if (known) kept.push(known.rowId);
    return !known;
  });
  return values.length === 0 && kept.length === held.length ? undefined : { values, kept };
}
