import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import type { SourceRhythm } from '../contract.ts';
import { findSource } from '../store/catalogue.ts';
import { rhythmOf, saveRhythm } from '../store/ledger.ts';

/** Agrees how often a source sends. Signs of life count in segments indexed from then on. Fails with `base.not_found`. */
export async function setRhythm(ctx: Ctx, sourceId: number, rhythm: SourceRhythm): Promise<void> {
  const source = await findSource(ctx, { id: sourceId });
  if (!source) fail('base.not_found', { what: `log source ${sourceId}` });
  const before = await rhythmOf(ctx, sourceId);
  await saveRhythm(
    ctx,
    { id: sourceId, unitPath: source.unit_path },
    {
      max_silence_seconds: rhythm.maxSilenceSeconds,
      beat_text: rhythm.beatText,
      beat_seconds: rhythm.beatSeconds,
      quiet: rhythm.quiet,
    },
  );
  await recordAudit(ctx, {
    action: 'logs.set_rhythm',
    subject: `log_source:${sourceId}`,
    unitPath: source.unit_path,
    before: before ?? null,
    after: rhythm,
  });
}
