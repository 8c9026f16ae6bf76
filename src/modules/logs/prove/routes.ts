import { Readable } from 'node:stream';
import { recordAudit } from '#audit';
import { type Handler, handle, handleRaw } from '#base/http';
import * as contract from '../contract/proofs.ts';
import { proveRecord } from './prove-record.ts';
import { readCatalogue } from './read-catalogue.ts';
import { verifyCatalogue } from './verify-catalogue.ts';

export const proofRoutes: Handler[] = [
  handleRaw(contract.exportCatalogue, async (app, actor, _input, { reply }) => {
    await app.run(actor, (ctx) =>
      recordAudit(ctx, { action: 'logs.export_catalogue', subject: 'log_catalogue' }),
    );
    return reply
      .type('application/x-ndjson')
      .header('content-disposition', 'attachment; filename="log-catalogue.ndjson"')
      .send(Readable.from(textOf(readCatalogue(app))));
  }),
  handleRaw(contract.verifyChains, (app) => verifyCatalogue(readCatalogue(app))),
  handle(contract.proveRecordRoute, (ctx, { params }) => proveRecord(ctx, params.id, params.seq)),
];

async function* textOf(lines: AsyncIterable<contract.CatalogueLine>): AsyncGenerator<string> {
  for await (const line of lines) yield `${JSON.stringify(line)}\n`;
}
