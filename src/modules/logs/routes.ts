import { Readable } from 'node:stream';
import { fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import { certificateRoutes } from './certificate-routes.ts';
import * as contract from './contract.ts';
import { decodingRoutes } from './decoding-routes.ts';
import { forwardRoutes } from './forward/routes.ts';
import { ingestFile } from './ingest-file.ts';
import { ledgerRoutes } from './ledger-routes.ts';
import { maskNames, namesOfSource } from './names-in-line.ts';
import { proofRoutes } from './prove/routes.ts';
import { checkSegment, listUnparsable, type ReadRecord } from './read-record.ts';
import { retentionRoutes } from './retention/routes.ts';
import { revealRoutes } from './reveal-routes.ts';
import { readingOfSource } from './search/reading.ts';
import { searchRoutes } from './search-routes.ts';
import { sourceRoutes } from './source-routes.ts';
import * as catalogue from './store/catalogue.ts';

export const routes: Handler[] = [
  ...forwardRoutes,
  ...certificateRoutes,
  ...ledgerRoutes,
  ...decodingRoutes,
  ...proofRoutes,
  ...sourceRoutes,
  handleRaw(contract.ingest, async (app, actor, { query }, { request }) => {
    if (!(request.body instanceof Readable)) {
      fail('base.invalid_input', { summary: 'send the lines as application/octet-stream' });
    }
    return ingestFile(app, actor, query, request.body);
  }),
  handle(contract.listSegments, async (ctx, { query }) => {
    const { items, ...counts } = await catalogue.listSegments(ctx, query);
    return { ...counts, items: items.map(presentSegment) };
  }),
  handle(contract.getSegment, async (ctx, { params }) => {
    const segment = await catalogue.findSegment(ctx, params.id);
    return segment ? presentSegment(segment) : fail('base.not_found', { what: `log segment ${params.id}` });
  }),
  handle(contract.verifySegmentRoute, (ctx, { params }) => checkSegment(ctx, params.id)),
  handle(contract.listUnparsable, async (ctx, { params, query }) => {
    const { limit, ...given } = query;
    const reading = await readingOfSource(ctx, params.id, given);
    const { total, items } = await listUnparsable(ctx, params.id, limit, reading);
    const find = await namesOfSource(ctx, params.id);
    return {
      total,
      items: items.map((one) => presentRecord({ ...one, raw: maskNames(one.raw, find(one)) })),
    };
  }),
  ...retentionRoutes,
  ...revealRoutes,
  ...searchRoutes,
];

function presentSegment(row: catalogue.SegmentRow) {
  return {
    id: row.id,
    sourceId: row.source_id,
    source: row.source,
    chain: row.chain,
    chainSeq: row.chain_seq,
    sha256: row.sha256,
    prevLink: row.prev_link,
    link: row.link,
    records: row.records,
    rawBytes: row.raw_bytes,
    firstRecv: row.first_recv,
    lastRecv: row.last_recv,
    sealedAt: row.sealed_at,
    indexedAt: row.indexed_at,
    parsed: row.parsed,
    ignored: row.ignored,
    unparsable: row.unparsable,
    firstTs: row.first_ts,
    lastTs: row.last_ts,
    ahead: row.ahead,
    aged: row.aged,
  };
}

function presentRecord({ bytes: _bytes, ...record }: ReadRecord) {
  return record;
}
