import type { Readable } from 'node:stream';
import type { Actor, Ctx } from '#base/app';
import { fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import { findUnit, importSheet } from '#units';
import * as exits from './check-exits.ts';
import * as contract from './contract/allocation.ts';
import * as exitContract from './contract/exits.ts';
import * as natContract from './contract/nat.ts';
import { applyNatRules, declareNat, endNat, readNatPort } from './declare-nat.ts';
import { type IpPrefix, parsePrefix } from './parse-ip.ts';
import { withoutPorts } from './port-blocks.ts';
import { cellsOf } from './prefix-math.ts';
import { changeRealm, registerRealm } from './register-realm.ts';
import { decideRequest, proposeFor, requestPrefix, withdrawRequest } from './request-prefix.ts';
import * as shape from './shape-prefixes.ts';
import { listChecks, listExceptions, listSightingsOf } from './store/exits.ts';
import { listNatRules } from './store/nat-rules.ts';
import { listRequests, type PrefixRequestRow } from './store/prefix-requests.ts';
import * as prefixes from './store/prefixes.ts';
import { listRealms } from './store/realms.ts';
import { lookEverywhere } from './store/whole-view.ts';

/** Bits by which a map divides what it shows: 16 × 16 squares. */
const mapBits = 8;

const iso = (date: Date | null) => date?.toISOString() ?? null;

function requestOf(row: PrefixRequestRow, actor: Actor) {
  const { askedBy, unitPath: _, ...shown } = row;
  return {
    ...shown,
    askedAt: row.askedAt.toISOString(),
    decidedAt: iso(row.decidedAt),
    mine: askedBy === actor.id,
  };
}

async function demandPrefix(ctx: Parameters<typeof prefixes.findPrefix>[0], id: string) {
  return (await prefixes.findPrefix(ctx, id)) ?? fail('base.not_found', { what: `prefix ${id}` });
}

/** “None free” would be untrue of a length that no prefix can have. Throws `addresses.free_length`. */
function demandLength(cidr: string, length: number): void {
  const to = parsePrefix(cidr)!.bytes.length * 8;
  if (length > to) fail('addresses.free_length', { field: 'length', cidr, to, length });
}

const tree: Handler[] = [
  handle(contract.listPrefixes, (ctx, { query }) => {
    const within = query.within === undefined ? undefined : shape.demandPrefix(query.within, 'within').text;
    return prefixes.listPrefixes(ctx, { ...query, within });
  }),
  handle(contract.getPrefix, async (ctx, { params }) => ({
    ...(await demandPrefix(ctx, params.id)),
    around: await prefixes.prefixesAround(ctx, params.id),
  })),
  handle(contract.getPrefixMap, async (ctx, { params, query }) => {
    const node = await demandPrefix(ctx, params.id);
    const part = query.within === undefined ? undefined : shape.demandPrefix(query.within, 'within').text;
    const cidr = part ?? node.cidr;
    const root = parsePrefix(cidr)!;
    const cellLength = Math.min(root.length + mapBits, root.bytes.length * 8);
    return { cidr, cellLength, cells: await cellsWithin(ctx, { node, part, root, cellLength }) };
  }),
  handle(contract.createPrefix, (ctx, { body }) => shape.createPrefix(ctx, body)),
  handle(contract.changePrefix, (ctx, { params, body }) => shape.changePrefix(ctx, params.id, body)),
  handle(contract.splitPrefix, async (ctx, { params, body }) => ({
    parts: await shape.splitPrefix(ctx, params.id, body.length),
  })),
  handle(contract.mergePrefixes, (ctx, { body }) => shape.mergePrefixes(ctx, body.ids)),
  handle(contract.reclaimPrefix, async (ctx, { params, body }) => {
    await shape.reclaimPrefix(ctx, params.id, body.reason);
    return undefined;
  }),
  handle(contract.nextFree, async (ctx, { params, query }) => {
    const node = await demandPrefix(ctx, params.id);
    const { length } = query;
    if (length !== undefined) demandLength(node.cidr, length);
    const prefix = length === undefined ? null : await prefixes.nextFreePrefix(ctx, node.id, length);
    if (node.state === 'reserved') return { prefix, host: null };
    return { prefix, host: await lookEverywhere(ctx, (all) => prefixes.nextFreeHost(all, node.id)) };
  }),
];

const requests: Handler[] = [
  handle(contract.listPrefixRequests, async (ctx, { query }) => {
    const { items, ...counts } = await listRequests(ctx, query);
    return { ...counts, items: items.map((row) => requestOf(row, ctx.actor)) };
  }),
  handle(contract.requestPrefix, async (ctx, { body }) => ({ id: await requestPrefix(ctx, body) })),
  handle(contract.proposePrefix, async (ctx, { params }) => ({
    proposals: await proposeFor(ctx, params.id),
  })),
  handle(contract.decidePrefixRequest, async (ctx, { params, body }) =>
    requestOf(await decideRequest(ctx, params.id, body), ctx.actor),
  ),
  handle(contract.withdrawPrefixRequest, async (ctx, { params, body }) => {
    await withdrawRequest(ctx, params.id, body.reason);
    return undefined;
  }),
];

const realms: Handler[] = [
  handle(contract.listRealms, (ctx, { query }) => listRealms(ctx, query)),
  handle(contract.createRealm, async (ctx, { body }) => ({ id: await registerRealm(ctx, body) })),
  handle(contract.changeRealm, async (ctx, { params, body }) => {
    await changeRealm(ctx, params.id, body);
    return undefined;
  }),
];

const nat: Handler[] = [
  handle(natContract.listNatRules, async (ctx, { query }) => {
    const { items, ...counts } = await listNatRules(ctx, query);
    return {
      ...counts,
      items: items.map(({ recordedAt: _, unitPath: __, ...row }) => ({
        ...row,
        validFrom: iso(row.validFrom),
        validTo: iso(row.validTo),
        withoutPorts: withoutPorts(row),
      })),
    };
  }),
  handle(natContract.createNatRule, (ctx, { body }) => declareNat(ctx, { ...body, from: body.from ?? null })),
  handle(natContract.endNatRule, async (ctx, { params, body }) => {
    await endNat(ctx, params.id, body);
    return undefined;
  }),
  handle(natContract.readNatPort, async (ctx, { query }) => ({ items: await readNatPort(ctx, query) })),
  handleRaw(natContract.importNatRules, (app, actor, { query }, { request }) =>
    importSheet(
      app,
      actor,
      natContract.natRuleSheet,
      { name: query.fileName, content: request.body as Readable },
      applyNatRules,
    ),
  ),
];

const exitRoutes: Handler[] = [
  handle(exitContract.listExitChecks, async (ctx, { query }) => {
    const { items, ...counts } = await listChecks(ctx, query, exits.exitWindowDays);
    return {
      ...counts,
      items: items.map((row) => ({ ...row, firstAt: iso(row.firstAt), lastAt: iso(row.lastAt) })),
    };
  }),
  handle(exitContract.listExitSightings, async (ctx, { params, query }) => {
    if (!(await findUnit(ctx, { id: params.id }))) fail('base.not_found', { what: `unit ${params.id}` });
    const { items, ...counts } = await listSightingsOf(ctx, params.id, query);
    return {
      ...counts,
      items: items.map((row) => ({
        ...row,
        firstAt: row.firstAt.toISOString(),
        lastAt: row.lastAt.toISOString(),
      })),
    };
  }),
  handleRaw(exitContract.probeExit, (app, actor, _input, { request }) =>
    app.run(actor, (ctx) => exits.probeExit(ctx, request.ip)),
  ),
  handle(exitContract.listExitExceptions, async (ctx, { query }) => {
    const { items, ...counts } = await listExceptions(ctx, query);
    return {
      ...counts,
      items: items.map(({ askedBy, unitPath: _, ...row }) => ({
        ...row,
        askedAt: row.askedAt.toISOString(),
        mine: askedBy === ctx.actor.id,
      })),
    };
  }),
  handle(exitContract.requestExitException, async (ctx, { body }) => ({
    id: await exits.requestException(ctx, body),
  })),
  handle(exitContract.decideExitException, async (ctx, { params, body }) => {
    await exits.decideException(ctx, params.id, body);
    return undefined;
  }),
];

export const allocationRoutes: Handler[] = [...tree, ...requests, ...realms, ...nat, ...exitRoutes];

/** Prefixes within; the addresses of devices where there are none. */
async function cellsWithin(
  ctx: Ctx,
  asked: {
    readonly node: prefixes.PrefixRow;
    readonly part: string | undefined;
    readonly root: IpPrefix;
    readonly cellLength: number;
  },
) {
  const { node, part, root, cellLength } = asked;
  const placeOf = (cidr: string) => cellsOf(root, parsePrefix(cidr)!, cellLength);
  if (node.children > 0) {
    const cells = await prefixes.mapCells(ctx, node.id, cellLength, part);
    return cells.map((cell) => ({ ...cell, devices: 0, ...placeOf(cell.cidr) }));
  }
  const size = root.family === 4 ? 2 ** (32 - cellLength) : 1;
  const cells = await prefixes.deviceCells(ctx, node.id, cellLength, part ?? node.cidr);
  const nothing = { count: 0, id: null, unitName: null, state: null };
  return cells.map(({ cidr, devices }) => {
    return { ...nothing, cidr, devices, taken: Math.min(1, devices / size), ...placeOf(cidr) };
  });
}
