import type { Readable } from 'node:stream';
import { type Handler, handleRaw } from '#base/http';
import { checkContent, checkUpload, maskUpload } from './check-document.ts';
import * as contract from './contract/documents.ts';

export const documentRoutes: Handler[] = [
  handleRaw(contract.checkDocument, (app, actor, { query }, { request }) =>
    checkUpload(app, actor, query.fileName, request.body as Readable),
  ),
  handleRaw(contract.maskDocument, async (app, actor, { query }, { request, reply }) => {
    const copy = await maskUpload(app, actor, query.fileName, request.body as Readable);
    return reply
      .type('application/octet-stream')
      .header(
        'content-disposition',
        `attachment; filename*=UTF-8''${encodeURIComponent(contract.maskedNameOf(query.fileName))}`,
      )
      .send(copy);
  }),
  handleRaw(contract.scanContent, (app, actor, { body }) => checkContent(app, actor, body)),
];
