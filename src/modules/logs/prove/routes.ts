import { Readable } from 'node:stream';
import { recordAudit } from '#audit';
import type { Actor, App } from '#base/app';
import { fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import * as contract from '../contract/proofs.ts';
import { namesOfSource } from '../names-in-line.ts';
import { visibleSegment } from '../read-record.ts';
import { requireReading } from '../search/reading.ts';
import { cityPath } from '../store/catalogue.ts';
import { namesInRun } from './names-in-run.ts';
import { proveRecord } from './prove-record.ts';
import { readCatalogue } from './read-catalogue.ts';
import { verifyCatalogue } from './verify-catalogue.ts';

export const proofRoutes: Handler[] = [
  handleRaw(contract.exportCatalogue, async (app, actor, _input, { reply }) => {
    await requireWholeCity(app, actor);
    await app.run(actor, (ctx) =>
      recordAudit(ctx, { action: 'logs.export_catalogue', subject: 'log_catalogue' }),
    );
    return reply
      .type('application/x-ndjson')
      .header('content-disposition', 'attachment; filename="log-catalogue.ndjson"')
      .send(Readable.from(textOf(readCatalogue(app))));
  }),
  handleRaw(contract.verifyChains, async (app, actor) => {
    await requireWholeCity(app, actor);
    return verifyCatalogue(readCatalogue(app));
  }),
  handle(contract.proveRecordRoute, async (ctx, { params, query }) => {
    // Lines that came together over TCP are one run, and all of them can be read in the proof.
    const segment = await visibleSegment(ctx, params.id);
    await requireReading(ctx, query, [segment]);
    const proof = await proveRecord(ctx, params.id, params.seq);
    if (namesInRun(await namesOfSource(ctx, segment.source_id), proof).length > 0)
      fail('logs.names_in_proof');
    return proof;
  }),
];

/** A chain runs through the segments of all units: it is told as a whole, and only to those who may see all of it. */
async function requireWholeCity(app: App, actor: Actor): Promise<void> {
  if (actor.scope === '*') return;
  const city = await app.run(actor, (ctx) => cityPath(ctx));
  if (city === '' || actor.scope !== city) fail('logs.whole_city_only');
}

async function* textOf(lines: AsyncIterable<contract.CatalogueLine>): AsyncGenerator<string> {
  for await (const line of lines) yield `${JSON.stringify(line)}\n`;
}
