import type { Ctx } from '#base/app';
import * as catalogue from '../store/catalogue.ts';
import { hiddenRows } from '../store/hidden-rows.ts';
import { type AskedName, nameRows } from '../store/name-rows.ts';

export type { AskedName };

export interface NameQuestion {
  /** Domains: names below them are wanted, they themselves too. */
  readonly below: readonly string[];
  readonly from: Date;
  readonly to: Date;
  readonly limit: number;
}

/** Names below domains that were asked of the name servers whose logs the caller may read, the most asked first. */
export async function findAskedNames(ctx: Ctx, question: NameQuestion): Promise<AskedName[]> {
  const sourceIds = [...(await catalogue.visibleSources(ctx)).keys()];
  if (sourceIds.length === 0 || question.below.length === 0) return [];
  const below = question.below.map((one) => one.toLowerCase());
  return nameRows(ctx.app, { ...question, below, sourceIds, hidden: await hiddenRows(ctx) });
}
