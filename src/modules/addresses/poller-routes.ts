import { fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import * as contract from './contract.ts';
import { readDevice } from './snmp/poll-device.ts';
import { changePoller, registerPoller } from './snmp/register-poller.ts';
import { findPoller, listPollers, type PollerRow } from './store/pollers.ts';

const sampleLines = 20;

function pollerOf(row: PollerRow) {
  return {
    id: row.id,
    name: row.name,
    unitId: row.unit_id,
    unitName: row.unit_name,
    target: row.target,
    port: row.port,
    realm: row.realm,
    version: row.version,
    intervalSeconds: row.interval_seconds,
    enabled: row.enabled,
    sourceId: row.source_id,
    nextAt: row.next_at.toISOString(),
    lastAt: row.last_at?.toISOString() ?? null,
    lastOk: row.last_ok?.toISOString() ?? null,
    problem: row.problem,
    figures: row.figures,
  };
}

export const pollerRoutes: Handler[] = [
  handle(contract.listPollers, async (ctx, { query }) => {
    const { items, ...counts } = await listPollers(ctx, query);
    return { ...counts, items: items.map(pollerOf) };
  }),
  handle(contract.createPoller, async (ctx, { body }) => pollerOf(await registerPoller(ctx, body))),
  handle(contract.changePoller, async (ctx, { params, body }) =>
    pollerOf(await changePoller(ctx, params.id, body)),
  ),
  // A device may take its time: no transaction is held open meanwhile.
  handleRaw(contract.testPoller, async (app, actor, { params }) => {
    const poller = await app.run(actor, (ctx) => findPoller(ctx, params.id));
    if (!poller) fail('base.not_found', { what: `poller ${params.id}` });
    const { lines, figures, problem } = await readDevice(app, poller);
    return { figures, problem, sample: lines.slice(0, sampleLines) };
  }),
];
