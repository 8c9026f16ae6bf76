import type { Ctx } from '#base/app';

/** Asks for the 五到位 of these units to be computed again. */
export async function refreshFive(_ctx: Ctx, _unitIds: readonly string[]): Promise<void> {}
