import { fail } from '#base/errors';
import { type Handler, handle } from '#base/http';
import { appointmentOf } from './appointment-routes.ts';
import { findHeld } from './appointment-store.ts';
import { computeFive } from './compute-five.ts';
import * as contract from './contract.ts';
import { listFive, listFiveHistory } from './five-store.ts';
import { inScope } from './import-units.ts';
import { findPeople, todayOf } from './people-store.ts';
import { findUnit } from './store.ts';

export const fiveRoutes: Handler[] = [
  handle(contract.getFiveInPlace, async (ctx, { params, query }) => {
    const unit = await findUnit(ctx, params);
    // The bureau above is visible to its schools, but not what it has in place.
    if (!unit || !inScope(ctx, unit.unit_path)) fail('base.not_found', { what: params.id });
    const judged = await computeFive(ctx, [unit.id], query.on ?? (await todayOf(ctx)));
    const { missing: _, ...shown } = judged.get(unit.id)!;
    return shown;
  }),
  handle(contract.getFiveHistory, async (ctx, { params, query }) => {
    const unit = await findUnit(ctx, params);
    if (!unit || !inScope(ctx, unit.unit_path)) fail('base.not_found', { what: params.id });
    return listFiveHistory(ctx, unit.id, query);
  }),
  handle(contract.listFiveInPlace, (ctx, { query }) => listFive(ctx, query)),
  handle(contract.getResponsibleFor, async (ctx, { params, query }) => {
    const today = await todayOf(ctx);
    const on = query.on ?? today;
    const knownAt = query.knownAt ? new Date(query.knownAt) : undefined;
    const custody = ctx.app.modules
      .flatMap((module) => module.custody ?? [])
      .find(({ kind, permission }) => kind === params.kind && ctx.actor.permissions.has(permission));
    const thing = await custody?.named?.(ctx, params.id, { day: on, knownAt });
    const unit = thing ? await findUnit(ctx, { id: thing.unitId }) : undefined;
    if (!thing || !unit) fail('base.not_found', { what: `${params.kind} ${params.id}` });
    const people = await findPeople(
      ctx,
      thing.named.map(({ personId }) => personId),
    );
    const posts = await findHeld(ctx, [unit.id], on, knownAt);
    return {
      on,
      knownAt: query.knownAt ?? null,
      title: thing.title,
      unitId: unit.id,
      unitName: unit.name,
      named: thing.named.map((one) => ({ ...one, personName: people.get(one.personId)?.name ?? '—' })),
      posts: posts.map((row) => appointmentOf(row, today)),
    };
  }),
];
