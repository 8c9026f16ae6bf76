import type { z } from 'zod';
import type { Ctx } from '#base/app';
import { tracing } from '#logs';
import type { step } from './contract.ts';
import type { OutcomeStep } from './engine/decide.ts';

type ToldStep = z.output<typeof step>;

/** The chains of candidates, each log fact with its raw line read back from the sealed segment, names of people masked. */
export async function readSteps(
  ctx: Ctx,
  chains: readonly (readonly OutcomeStep[])[],
): Promise<ToldStep[][]> {
  const places = chains.flatMap((steps) => steps.flatMap(({ place }) => place ?? []));
  const records = (await tracing.readShown(ctx, places)).values();
  return chains.map((steps) =>
    steps.map(({ kind, says, place, at }): ToldStep => {
      const record = place && records.next().value;
      return {
        kind,
        says,
        rawLine: record?.shown ?? null,
        segment: place && String(place.segment),
        record: place?.seq ?? null,
        sha256: record?.sha256 ?? null,
        decoder: place?.dec ?? null,
        at: at === null ? null : new Date(at).toISOString(),
      };
    }),
  );
}
