/** Looks at every source and collector: who fell silent, whose clock is wrong, what is not read, what is lost. */
import { type App, type Ctx, systemActor } from '#base/app';
import { every } from '#base/jobs';
import { leastFreeShare } from '../contract.ts';
import * as alarms from '../store/alarms.ts';
import { type CollectorRow, lastBeats } from '../store/beats.ts';
import { cityPath } from '../store/catalogue.ts';
import * as gaps from '../store/gaps.ts';
import { liveSources, type Standing } from '../store/standing.ts';
import { hourMs, hourOf, isUnparsableJump, silentFrom } from './rules.ts';
import { endAlarm, keepAlarms, type Sound } from './sound-alarm.ts';

const actor = systemActor('logs.watch');
const pageOfSources = 200;
/** A collector tells each minute that it lives. */
const deadAfterMs = 180_000;
/** What was silent for a week has moved or was taken away. */
const forgottenAfterMs = 7 * 86_400_000;
const offsetLimitMs = 5_000;

export const watchSources = every('logs.watch-sources', '*/5 * * * *', async (app: App) => {
  const since = await app.run(actor, watchCollectors);
  for (let after: number | null = 0; after !== null; ) {
    const from: number = after;
    after = await app.run(actor, (ctx) => watchPage(ctx, from, since));
  }
  for (let after: number | null = 0; after !== null; ) {
    const from: number = after;
    after = await app.run(actor, (ctx) => watchFiles(ctx, from));
  }
  await app.run(actor, async (ctx) => {
    for (const alarm of await alarms.forsakenAlarms(ctx)) await endAlarm(ctx, alarm);
    await gaps.endRetiredSilences(ctx);
  });
});

/** Answers since when somebody listens; null: nobody does, and no source can be called silent. */
async function watchCollectors(ctx: Ctx): Promise<Date | null> {
  const now = ctx.clock.now();
  const unitPath = await cityPath(ctx);
  if (unitPath === '') return null;
  const losses = await alarms.recentLosses(ctx, new Date(now.getTime() - hourMs));
  const open = await alarms.openAlarms(ctx, null);
  for (const beat of await lastBeats(ctx)) {
    const silent = now.getTime() - beat.ended.getTime();
    const sounds =
      silent > forgottenAfterMs ? [] : await soundsOfCollector(ctx, beat, silent, losses, unitPath);
    const place = { collector: beat.collector, unitPath, name: beat.collector };
    await keepAlarms(
      ctx,
      place,
      sounds,
      open.filter(({ collector }) => collector === beat.collector),
    );
  }
  return alarms.listeningSince(ctx, new Date(now.getTime() - deadAfterMs));
}

async function soundsOfCollector(
  ctx: Ctx,
  beat: CollectorRow,
  silent: number,
  losses: ReadonlyMap<string, number>,
  unitPath: string,
): Promise<Sound[]> {
  const { collector, ended, disk_free: free, disk_total: total } = beat;
  if (silent > deadAfterMs) {
    const key = `collector:${collector}:${ended.getTime()}`;
    await gaps.tellCollectorGap(ctx, {
      key,
      proof: 'collector',
      collector,
      unitPath,
      began: ended,
      ended: null,
      lost: null,
    });
    // Somebody took it out of service and said so.
    if (await gaps.isAnswered(ctx, key)) return [];
    return [{ kind: 'collector', detail: { since: ended.toISOString() } }];
  }
  const sounds: Sound[] = [];
  const datagrams = losses.get(collector) ?? 0;
  if (datagrams > 0) sounds.push({ kind: 'kernel', detail: { datagrams } });
  if (free !== null && total !== null && free < total * leastFreeShare)
    sounds.push({ kind: 'disk', detail: { percent: Math.floor((100 * free) / total) } });
  return sounds;
}

/** Looks at one page of sources. Answers where the next one begins, or null. */
async function watchPage(ctx: Ctx, after: number, since: Date | null): Promise<number | null> {
  const sources = await liveSources(ctx, after, pageOfSources);
  if (sources.length === 0) return null;
  const now = ctx.clock.now();
  const ids = sources.map((source) => source.source_id);
  const facts = {
    since,
    open: await alarms.openAlarms(ctx, ids),
    waiting: await alarms.waitingSources(ctx, ids),
    offsets: await alarms.clockOffsets(ctx, ids, new Date(now.getTime() - 2 * hourMs)),
    reading: await alarms.readingOf(ctx, ids, hourOf(now.getTime())),
  };
  for (const source of sources) {
    const open = facts.open.filter((alarm) => alarm.source_id === source.source_id);
    const sounds = await soundsOfSource(ctx, source, facts, open);
    const place = { sourceId: source.source_id, unitPath: source.unit_path, name: source.name };
    await keepAlarms(ctx, place, sounds, open);
  }
  return sources.length < pageOfSources ? null : ids.at(-1)!;
}

/**
 * Looks at a page of the sources that are fed by files. Of these only the last files tell: until another one comes, or
 * they are read again, nothing is mended. Answers where the next page begins, or null.
 */
async function watchFiles(ctx: Ctx, after: number): Promise<number | null> {
  const sources = await alarms.uploadReadings(ctx, after, pageOfSources);
  const ids = sources.map((source) => source.source_id);
  const open = await alarms.openAlarms(ctx, ids);
  for (const { source_id: sourceId, unit_path: unitPath, name, now, before } of sources) {
    const sounds = isUnparsableJump(now, before) ? [unparsableSound(now, { of: 'upload' })] : [];
    const own = open.filter((alarm) => alarm.source_id === sourceId);
    await keepAlarms(ctx, { sourceId, unitPath, name }, sounds, own);
  }
  return sources.length < pageOfSources ? null : ids.at(-1)!;
}

function unparsableSound(
  { unparsable: lines, received }: { readonly unparsable: number; readonly received: number },
  more: Sound['detail'] = {},
): Sound {
  const percent = Math.round((100 * lines) / Math.max(1, received));
  return { kind: 'unparsable', detail: { lines, percent, ...more } };
}

interface Facts {
  readonly since: Date | null;
  readonly waiting: ReadonlySet<number>;
  readonly offsets: ReadonlyMap<number, number>;
  readonly reading: Awaited<ReturnType<typeof alarms.readingOf>>;
}

async function soundsOfSource(
  ctx: Ctx,
  source: Standing,
  facts: Facts,
  open: readonly alarms.AlarmRow[],
): Promise<Sound[]> {
  const sounds: Sound[] = [];
  const silence = await silenceOf(ctx, source, facts, open);
  if (silence) sounds.push(silence);
  const offset = facts.offsets.get(source.source_id);
  if (offset !== undefined && Math.abs(offset) > offsetLimitMs)
    sounds.push({ kind: 'clock', detail: { seconds: Math.round(offset / 100) / 10 } });
  const reading = facts.reading.get(source.source_id);
  if (reading && isUnparsableJump(reading.now, reading.before)) sounds.push(unparsableSound(reading.now));
  return sounds;
}

async function silenceOf(
  ctx: Ctx,
  source: Standing,
  { since, waiting }: Facts,
  open: readonly alarms.AlarmRow[],
): Promise<Sound | null> {
  const known = open.find(({ kind }) => kind === 'silence');
  // Nobody listens, or what came is not read yet: what was known stays.
  if (since === null || waiting.has(source.source_id))
    return known ? { kind: 'silence', detail: known.detail } : null;
  if (source.quiet || source.last_live === null) return null;
  const now = ctx.clock.now().getTime();
  const from = Math.max(source.last_live.getTime(), since.getTime());
  const bound = silentFrom(from, {
    least: source.least,
    expectedPerHour: source.expected_per_hour,
    maxSilenceMs: source.max_silence_seconds === null ? null : source.max_silence_seconds * 1000,
  });
  if (now < bound) return null;
  const began = source.last_live;
  const key = `silence:${source.source_id}:${began.getTime()}`;
  const place = { id: source.source_id, unitPath: source.unit_path };
  await gaps.tellGap(ctx, place, { key, proof: 'silence', began, ended: null, lost: null });
  if (await gaps.isAnswered(ctx, key)) return null;
  return { kind: 'silence', detail: { since: began.toISOString() } };
}
