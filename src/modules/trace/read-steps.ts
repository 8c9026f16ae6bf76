import type { z } from 'zod';
import type { Ctx } from '#base/app';
import { readRecord } from '#logs';
import type { step } from './contract.ts';
import type { OutcomeStep } from './engine/decide.ts';

/** The chain of a candidate, each log fact with its raw line read back from the sealed segment. */
export async function readSteps(ctx: Ctx, steps: readonly OutcomeStep[]): Promise<z.output<typeof step>[]> {
  const read: z.output<typeof step>[] = [];
  for (const { kind, says, place, at } of steps) {
    const record = place && (await readRecord(ctx, place.segment, place.seq));
    read.push({
      kind,
      says,
      rawLine: record?.raw ?? null,
      segment: place && String(place.segment),
      record: place?.seq ?? null,
      sha256: record?.sha256 ?? null,
      decoder: place?.dec ?? null,
      at: at === null ? null : new Date(at).toISOString(),
    });
  }
  return read;
}
