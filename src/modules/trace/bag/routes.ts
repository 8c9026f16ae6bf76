import { type Handler, handleRaw } from '#base/http';
import { attachmentOf } from '../attachment.ts';
import * as contract from '../contract/bag.ts';
import { makeTraceBag } from './make-bag.ts';

export const bagRoutes: Handler[] = [
  handleRaw(contract.traceBagFile, async (app, actor, { params }, { reply }) => {
    const file = await makeTraceBag(app, actor, params.id);
    return reply
      .type('application/zip')
      .header('content-disposition', attachmentOf('trace.zip', file.fileName))
      .header('cache-control', 'no-store')
      .send(Buffer.from(file.bytes));
  }),
];
