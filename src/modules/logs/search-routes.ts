/** Reading the rows: searches, counts, live lines. No transaction is open while the log store works. */
import { type Exchange, type Handler, handle, handleRaw } from '#base/http';
import * as contract from './contract.ts';
import { logHistogram, topValues } from './search/count-logs.ts';
import { giveReading, isSchool } from './search/reading.ts';
import { searchLogs } from './search/search-logs.ts';
import { streamSearch } from './search/stream-search.ts';
import { lastReading, type ReadingRow } from './store/readings.ts';
import { watchLines } from './tail/watch-lines.ts';

export const searchRoutes: Handler[] = [
  handle(contract.getReading, async (ctx) => {
    const last = await lastReading(ctx);
    return { reading: last ? presentReading(last) : null, ownSchool: await isSchool(ctx) };
  }),
  handle(contract.setReading, async (ctx, { body }) => presentReading(await giveReading(ctx, body))),
  handleRaw(contract.searchLogs, (app, actor, { query }, exchange) =>
    searchLogs({ app, actor, signal: leaveOf(exchange) }, query),
  ),
  handleRaw(contract.streamSearch, (app, actor, { query }, exchange) =>
    streamSearch({ app, actor, signal: leaveOf(exchange) }, query, exchange.reply),
  ),
  handleRaw(contract.logHistogram, (app, actor, { query }, exchange) =>
    logHistogram({ app, actor, signal: leaveOf(exchange) }, query),
  ),
  handleRaw(contract.topValues, (app, actor, { query }, exchange) =>
    topValues({ app, actor, signal: leaveOf(exchange) }, query),
  ),
  handleRaw(contract.tailLogs, (app, actor, { query }, exchange) => watchLines(app, actor, query, exchange)),
];

/** Aborts when the client leaves before it was answered. */
function leaveOf({ reply }: Exchange): AbortSignal {
  const left = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) left.abort();
  });
  return left.signal;
}

function presentReading(row: ReadingRow) {
  return { caseNo: row.case_no, reason: row.reason, purpose: row.purpose, at: row.at };
}
