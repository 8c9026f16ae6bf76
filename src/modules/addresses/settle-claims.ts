/** Which rows of a device file may have the addresses that they name. Pure. */

/** Times are milliseconds since 1970; -Infinity is "since ever". */
export interface Claim {
  readonly row: number;
  readonly deviceId: string;
  readonly assetNo: string;
  /** Field of the sheet that names it. */
  readonly column: 'ip' | 'mac';
  /** The address with its kind and realm: what two devices cannot both have. */
  readonly key: string;
  readonly from: number;
}

/** An address that a device has according to the register, from `from` until before `to`. */
export interface Held {
  readonly deviceId: string;
  /** Null when the actor may not see the device. */
  readonly assetNo: string | null;
  readonly key: string;
  readonly to: number;
}

export interface Settled {
  /** Refused claims with the asset that has the address (null: outside the actor's scope). */
  readonly refused: Map<Claim, string | null>;
  /** Rows whose undated claim cannot hold since ever, because another device had the address before: from now. */
  readonly fromNow: Set<number>;
}

/**
 * A device that takes another address leaves its old one at that time, so a file may swap addresses. A refused
 * row changes nothing, which may take an address back from another row: repeated until nothing changes.
 */
export function settleClaims(
  claims: readonly Claim[],
  held: readonly Held[],
  leaving: ReadonlyMap<string, { row: number; at: number; keys: ReadonlySet<string> }>,
  now: number,
): Settled {
  const heldByKey = Map.groupBy(held, (one) => one.key);
  const refused = new Map<Claim, string | null>();
  const lost = new Set<number>();
  for (let changed = true; changed; ) {
    changed = false;
    const taken = new Map<string, Claim>();
    for (const claim of claims) {
      if (lost.has(claim.row)) continue;
      const first = taken.get(claim.key);
      const holder = first ?? holderOf(claim, heldByKey.get(claim.key) ?? [], leaving, lost, now);
      if (!holder) {
        taken.set(claim.key, claim);
        continue;
      }
      refused.set(claim, holder.assetNo);
      lost.add(claim.row);
      changed = true;
    }
  }
  const fromNow = new Set<number>();
  for (const claim of claims) {
    if (lost.has(claim.row) || claim.from !== -Infinity) continue;
    if ((heldByKey.get(claim.key) ?? []).some((one) => one.deviceId !== claim.deviceId))
      fromNow.add(claim.row);
  }
  return { refused, fromNow };
}

/** Another device that has the address at some time at or after the claim's start. */
function holderOf(
  claim: Claim,
  held: readonly Held[],
  leaving: ReadonlyMap<string, { row: number; at: number; keys: ReadonlySet<string> }>,
  lost: ReadonlySet<number>,
  now: number,
): Held | undefined {
  const from = claim.from === -Infinity ? now : claim.from;
  return held.find((one) => {
    if (one.deviceId === claim.deviceId) return false;
    const plan = leaving.get(one.deviceId);
    const leaves = plan && !lost.has(plan.row) && !plan.keys.has(one.key);
    return (leaves ? Math.min(one.to, plan.at) : one.to) > from;
  });
}
