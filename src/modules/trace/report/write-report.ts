import { createHash } from 'node:crypto';
import { lookEverywhere } from '#addresses';
import { recordAudit } from '#audit';
import type { Actor, App, Ctx } from '#base/app';
import { fail } from '#base/errors';
import { type Paper, paperDocx, paperPdf } from '#base/paper';
import { clockOffsetOf, taking } from '#logs';
import { findUnit } from '#units';
import { fileNameOf } from '../attachment.ts';
import type { Trace } from '../contract.ts';
import { openReveal } from '../reveal-name.ts';
import { findReveal } from '../reveal-store.ts';
import { readTrace } from '../view-trace.ts';
import { checkCodeOf, outlineAnnex, outlineReport, type ReportClock } from './outline-report.ts';
import * as store from './store.ts';

export type ReportFormat = 'pdf' | 'docx';

interface WrittenFile {
  readonly fileName: string;
  readonly bytes: Uint8Array;
}

/** The report of a trace that the actor sees, without names. Audited with the file's SHA-256. `base.not_found`. */
export async function writeReport(
  app: App,
  actor: Actor,
  id: string,
  format: ReportFormat,
): Promise<WrittenFile> {
  const { trace, paper, unitPath } = await app.run(actor, (ctx) => gather(ctx, id));
  const bytes = await draw(paper, format);
  const fileName = fileNameOf(fileNames.trace, trace, format);
  await app.run(actor, (ctx) =>
    recordAudit(ctx, {
      action: 'trace.report',
      subject: `trace:${id}`,
      unitPath,
      after: { format, fileName, sha256: sha256(bytes), checkCode: checkCodeOf(trace) },
    }),
  );
  return { fileName, bytes };
}

/**
 * The sealed annex of an approved reveal. Opens the name as `openReveal` does, with all its checks and its entry in the
 * audit log, before anything is written.
 */
export async function writeAnnex(
  app: App,
  actor: Actor,
  id: string,
  format: ReportFormat,
): Promise<WrittenFile> {
  const { trace, paper } = await app.run(actor, async (ctx) => {
    const opened = await openReveal(ctx, id);
    const reveal = (await findReveal(ctx, id))!;
    const shown = await readTrace(ctx, reveal.trace_id);
    const composed = outlineAnnex({
      ...opened,
      trace: shown,
      unitName: await unitNameOf(ctx),
      composedAt: ctx.clock.now().toISOString(),
      candidate: reveal.candidate,
      caseNo: reveal.case_no,
      reason: reveal.reason,
      requestedBy: reveal.requested_by_name,
      decidedBy: reveal.decided_by_name!,
      decidedAt: reveal.decided_at!.toISOString(),
      personUnit: opened.unitName,
    });
    await recordAudit(ctx, {
      action: 'trace.annex',
      subject: `reveal:${id}`,
      unitPath: reveal.unit_path,
      after: { format, trace: reveal.trace_id, candidate: reveal.candidate },
    });
    return { trace: shown, paper: composed };
  });
  return { fileName: fileNameOf(fileNames.annex, trace, format), bytes: await draw(paper, format) };
}

async function gather(ctx: Ctx, id: string): Promise<{ trace: Trace; paper: Paper; unitPath: string }> {
  const trace = await readTrace(ctx, id);
  const unitPath = (await store.pathOfTrace(ctx, id)) ?? fail('base.not_found', { what: id });
  const steps = trace.candidates.flatMap((one) => one.steps);
  const segments = [...new Set(steps.flatMap(({ segment }) => (segment === null ? [] : [Number(segment)])))];
  const origins = await lookEverywhere(ctx, (all) => taking.describeSegments(all, segments));
  const decoderOf = new Map(origins.map((one) => [one.segment, one.decoder]));
  const paper = outlineReport({
    trace,
    unitName: await unitNameOf(ctx),
    composedBy: ctx.actor.name,
    composedAt: ctx.clock.now().toISOString(),
    clocks: await clocksOf(ctx, origins, new Date(trace.at)),
    decoders: new Map(
      steps.flatMap(({ segment, record }) => {
        const decoder = segment === null ? undefined : decoderOf.get(Number(segment));
        return decoder ? [[`${segment}:${record}`, decoder]] : [];
      }),
    ),
  });
  return { trace, paper, unitPath };
}

async function clocksOf(
  ctx: Ctx,
  origins: readonly taking.SegmentOrigin[],
  at: Date,
): Promise<ReportClock[]> {
  const sources = new Map(origins.map((one) => [one.sourceId, one.sourceName]));
  return lookEverywhere(ctx, async (all) => {
    const clocks: ReportClock[] = [];
    for (const [id, source] of sources) {
      const clock = await clockOffsetOf(all, id, at);
      const isKnown = clock?.steady === true;
      clocks.push({
        source,
        offsetMs: isKnown ? clock.offsetMs : null,
        spreadMs: isKnown ? clock.spreadMs : null,
      });
    }
    return clocks;
  });
}

async function unitNameOf(ctx: Ctx): Promise<string> {
  const { unitId, name } = ctx.actor;
  const unit = unitId === null ? undefined : await findUnit(ctx, { id: unitId });
  return unit?.name ?? name;
}

function draw(paper: Paper, format: ReportFormat): Promise<Uint8Array> {
  return format === 'pdf' ? paperPdf(paper) : paperDocx(paper);
}

const fileNames = { trace: '溯源报告', annex: '溯源报告密封附件' } as const;

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
