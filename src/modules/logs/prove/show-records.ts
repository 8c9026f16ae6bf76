/** Raw lines as a module above may show them: with a token where each name of a person stood. */
import type { Ctx } from '#base/app';
import { type FindNames, maskNames, nameFinder } from '../names-in-line.ts';
import { pseudonymsOf } from '../pseudonyms.ts';
import type { ReadRecord } from '../read-record.ts';
import { readRecords } from '../read-records.ts';
import * as catalogue from '../store/catalogue.ts';

/** A record with its line as it may be shown; bytes and hash stay those of the whole line. */
export interface ShownRecord extends ReadRecord {
  readonly shown: string;
}

/** Reads many records in the order of their places, as `readRecords` does; each source is looked up once. */
export async function readShown(
  ctx: Ctx,
  places: readonly { readonly segment: number; readonly seq: number; readonly sourceId: number }[],
  why: object = {},
): Promise<ShownRecord[]> {
  const records = await readRecords(ctx, places, why);
  const finders = new Map<number, FindNames | null>();
  for (const id of new Set(places.map(({ sourceId }) => sourceId))) {
    const source = await catalogue.findSource(ctx, { id });
    finders.set(id, source ? await nameFinder(ctx, source, await pseudonymsOf(ctx.app)) : null);
  }
  return records.map((record, n) => {
    const users =
      finders
        .get(places[n]!.sourceId)?.(record)
        .filter((one) => one.kind === 'user') ?? [];
    return { ...record, shown: maskNames(record.raw, users) };
  });
}
