/** The completeness ledger. */
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { type Handler, handle } from '#base/http';
import { findUnit } from '#units';
import * as contract from './contract.ts';
import { answerGap, decideGap } from './ledger/answer-gap.ts';
import { presentAlarm } from './ledger/present-alarm.ts';
import { presentAnswer, presentGap } from './ledger/present-gap.ts';
import { readCalendar, readSourceLedger } from './ledger/read-ledger.ts';
import { reliance } from './ledger/rely-on.ts';
import { setRhythm } from './ledger/set-rhythm.ts';
import { listAlarms } from './store/alarms.ts';
import { learnedOf } from './store/calendar.ts';
import { findSource } from './store/catalogue.ts';
import * as gaps from './store/gaps.ts';
import { rhythmOf } from './store/ledger.ts';

const mostReliance = 31 * 86_400_000;

export const ledgerRoutes: Handler[] = [
  handle(contract.calendar, (ctx, { query }) => readCalendar(ctx, query)),
  handle(contract.sourceLedger, (ctx, { params, query }) => readSourceLedger(ctx, params.id, query)),
  handle(contract.listGaps, async (ctx, { query }) => {
    const { unitId, from, to, ...rest } = query;
    const unit = unitId === undefined ? null : await findUnit(ctx, { id: unitId });
    if (unit === undefined) fail('base.not_found', { what: `unit ${unitId}` });
    const { items, ...counts } = await gaps.listGaps(ctx, {
      ...rest,
      unitPath: unit?.unit_path,
      from: from === undefined ? undefined : new Date(from),
      to: to === undefined ? undefined : new Date(to),
    });
    return { ...counts, items: items.map(presentGap) };
  }),
  handle(contract.getGap, (ctx, { params }) => gapWithAnswers(ctx, params.id)),
  handle(contract.answerGap, async (ctx, { params, body }) => {
    await answerGap(ctx, params.id, body);
    return gapWithAnswers(ctx, params.id);
  }),
  handle(contract.decideGap, async (ctx, { params, body }) => {
    await decideGap(ctx, params.id, body);
    return gapWithAnswers(ctx, params.id);
  }),
  handle(contract.askReliance, async (ctx, { params, query }) => {
    const from = new Date(query.from);
    const to = new Date(query.to);
    if (from >= to) fail('logs.bad_range');
    if (to.getTime() - from.getTime() > mostReliance) fail('logs.too_many_days', { most: 31 });
    const answer = await reliance(ctx, { sourceId: params.id, from, to, gapSeconds: query.gapSeconds });
    const source = await findSource(ctx, { id: params.id });
    await recordAudit(ctx, {
      action: 'logs.ask_reliance',
      subject: `log_source:${params.id}`,
      unitPath: source!.unit_path,
      after: { ...query, relies: answer.relies },
    });
    return { ...answer, reasons: [...answer.reasons], gaps: [...answer.gaps] };
  }),
  handle(contract.getRhythm, async (ctx, { params }) => {
    const source = await findSource(ctx, { id: params.id });
    if (!source) fail('base.not_found', { what: `log source ${params.id}` });
    const row = await rhythmOf(ctx, params.id);
    const learned = await learnedOf(ctx, params.id);
    return {
      maxSilenceSeconds: row?.max_silence_seconds ?? null,
      beatText: row?.beat_text ?? null,
      beatSeconds: row?.beat_seconds ?? null,
      quiet: row?.quiet ?? false,
      learnedWeeks: learned?.weeks ?? 0,
      learnedAt: learned?.learned_at ?? null,
    };
  }),
  handle(contract.setRhythm, async (ctx, { params, body }) => {
    await setRhythm(ctx, params.id, body);
    return body;
  }),
  handle(contract.listAlarms, async (ctx, { query }) => {
    const { open, ...rest } = query;
    const { items, ...counts } = await listAlarms(ctx, {
      ...rest,
      open: open === undefined ? undefined : open === 'true',
    });
    return { ...counts, items: items.map(presentAlarm) };
  }),
];

async function gapWithAnswers(ctx: Ctx, id: string) {
  const gap = await gaps.findGap(ctx, id);
  if (!gap) fail('base.not_found', { what: `log gap ${id}` });
  return { ...presentGap(gap), answers: (await gaps.answersOf(ctx, id)).map(presentAnswer) };
}
