/** How a source's lines are read: its template, its decoder, and reading again. */
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { type Handler, handle } from '#base/http';
import * as contract from './contract.ts';
import { previewTemplate, readTemplate, saveTemplate } from './read-template.ts';
import { startRedecode } from './redecode.ts';
import { readerOf } from './source-reader.ts';
import * as catalogue from './store/catalogue.ts';
import * as redecodes from './store/redecodes.ts';

export const decodingRoutes: Handler[] = [
  handle(contract.getTemplate, (ctx, { params }) => readTemplate(ctx, params.id)),
  handle(contract.saveTemplate, (ctx, { params, body }) => saveTemplate(ctx, params.id, body.patterns)),
  handle(contract.previewTemplate, (ctx, { params, body }) => previewTemplate(ctx, params.id, body)),
  handle(contract.getDecoding, (ctx, { params }) => readDecoding(ctx, params.id)),
  handle(contract.startRedecode, async (ctx, { params, body }) =>
    presentRun(await startRedecode(ctx, params.id, body.onlyUnread)),
  ),
];

async function readDecoding(ctx: Ctx, sourceId: number) {
  const source = await catalogue.findSource(ctx, { id: sourceId });
  if (!source) fail('base.not_found', { what: `log source ${sourceId}` });
  const { name } = await readerOf(ctx, source);
  const run = await redecodes.lastRun(ctx, sourceId);
  return { decoder: name, made: await redecodes.madeBy(ctx, sourceId), run: run ? presentRun(run) : null };
}

function presentRun(run: redecodes.RunRow): contract.Redecode {
  return {
    id: run.id,
    decoder: run.decoder,
    onlyUnread: run.only_unread,
    state: run.state,
    problem: run.problem,
    segments: run.segments,
    segmentsDone: run.segments_done,
    recordsDone: run.records_done,
    unparsableBefore: run.unparsable_before,
    unparsableAfter: run.unparsable_after,
    began: run.began.toISOString(),
    ended: run.ended?.toISOString() ?? null,
  };
}
