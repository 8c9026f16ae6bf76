import type { Ctx } from '#base/app';
import {
  type AddressKey,
  type AddressRow,
  rowsOfKeys,
  rowsOfSegments,
  type SegmentsRead,
} from '../store/address-rows.ts';
import { hiddenRows } from '../store/hidden-rows.ts';

export type { AddressKey, AddressRow };

/**
 * The rows of leases and sightings that the first of these segments have (as many as are read at once): for the system itself, which makes
 * bindings of them. A row whose time lies more than an hour after its receipt (a clock gone wrong) is left out.
 */
export async function addressRowsOfSegments(ctx: Ctx, segments: readonly number[]): Promise<SegmentsRead> {
  return rowsOfSegments(ctx, segments, await hiddenRows(ctx));
}

/** The same of addresses of sources from a time on, all of them. */
export async function addressRowsOfKeys(ctx: Ctx, keys: readonly AddressKey[]): Promise<AddressRow[]> {
  if (keys.length === 0) return [];
  return rowsOfKeys(ctx, keys, await hiddenRows(ctx));
}

export { addressesAfter, heldSince } from '../store/address-rows.ts';
