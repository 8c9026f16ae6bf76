import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { type Handler, handle } from '#base/http';
import { appoint, correctById, endAppointment, withdrawAppointment } from './appoint.ts';
import * as store from './appointment-store.ts';
import * as contract from './contract.ts';
import { decideException, proposeException } from './decide-exception.ts';
import { type ExceptionRow, listExceptions } from './exception-store.ts';
import { giveThing, handOver, listHeldThings } from './hand-over.ts';
import { readPerson } from './keep-people.ts';
import { todayOf } from './people-store.ts';
import { holdsOn } from './rules-posts.ts';
import { findUnit } from './store.ts';

export function appointmentOf(row: store.AppointmentRow, today: string): contract.Appointment {
  return {
    id: row.id,
    personId: row.personId,
    personName: row.personName,
    personNo: row.personNo,
    unitId: row.unitId,
    unitName: row.unitName,
    post: row.post,
    documentNo: row.documentNo,
    fullTime: row.fullTime,
    startsOn: row.startsOn,
    endsOn: row.endsOn,
    exceptionId: row.exceptionId,
    current: row.recordedTo === null && holdsOn(row, today),
  };
}

async function readAppointment(ctx: Ctx, id: string): Promise<contract.Appointment> {
  const row = (await store.listVersions(ctx, id)).find(({ recordedTo }) => recordedTo === null);
  return appointmentOf(row ?? fail('base.not_found', { what: id }), await todayOf(ctx));
}

function exceptionOf({ proposedById: _, unitPath: __, ...row }: ExceptionRow, today: string) {
  const state =
    row.approved === null
      ? ('proposed' as const)
      : !row.approved
        ? ('refused' as const)
        : row.expiresOn <= today
          ? ('expired' as const)
          : ('approved' as const);
  return { ...row, state };
}

export const appointmentRoutes: Handler[] = [
  handle(contract.listPersonAppointments, async (ctx, { params }) => {
    await readPerson(ctx, params.id);
    const today = await todayOf(ctx);
    const rows = await store.listAppointments(ctx, { personId: params.id });
    return { items: rows.map((row) => appointmentOf(row, today)) };
  }),
  handle(contract.listUnitAppointments, async (ctx, { params }) => {
    if (!(await findUnit(ctx, params))) fail('base.not_found', { what: params.id });
    const today = await todayOf(ctx);
    const rows = await store.listAppointments(ctx, { unitId: params.id });
    return { items: rows.map((row) => appointmentOf(row, today)) };
  }),
  handle(contract.appointPerson, async (ctx, { body }) => readAppointment(ctx, await appoint(ctx, body))),
  handle(contract.endAppointment, async (ctx, { params, body }) => {
    await endAppointment(ctx, params.id, body);
    return readAppointment(ctx, params.id);
  }),
  handle(contract.correctAppointment, async (ctx, { params, body }) => {
    await correctById(ctx, params.id, body);
    return readAppointment(ctx, params.id);
  }),
  handle(contract.withdrawAppointment, async (ctx, { params, body }) => {
    await withdrawAppointment(ctx, params.id, body.reason);
    return undefined;
  }),
  handle(contract.listAppointmentVersions, async (ctx, { params }) => {
    const rows = await store.listVersions(ctx, params.id);
    if (rows.length === 0) fail('base.not_found', { what: params.id });
    const today = await todayOf(ctx);
    return {
      items: rows.map((row) => {
        const { change, reason, by, recordedFrom, recordedTo, withdrawnReason } = row;
        return {
          ...appointmentOf(row, today),
          change,
          reason,
          by,
          recordedFrom,
          recordedTo,
          withdrawnReason,
        };
      }),
    };
  }),
  handle(contract.getResponsible, async (ctx, { params, query }) => {
    const unit = await findUnit(ctx, params);
    if (!unit) fail('base.not_found', { what: params.id });
    const today = await todayOf(ctx);
    const on = query.on ?? today;
    const knownAt = query.knownAt ? new Date(query.knownAt) : undefined;
    const rows = await store.findHeld(ctx, [unit.id], on, knownAt);
    return {
      on,
      knownAt: query.knownAt ?? null,
      items: rows.map((row) => ({ ...appointmentOf(row, today), current: holdsOn(row, today) })),
    };
  }),
  handle(contract.listPostExceptions, async (ctx, { query }) => {
    const page = await listExceptions(ctx, query);
    const today = await todayOf(ctx);
    return { ...page, items: page.items.map((row) => exceptionOf(row, today)) };
  }),
  handle(contract.proposePostException, async (ctx, { body }) =>
    exceptionOf(await proposeException(ctx, body), await todayOf(ctx)),
  ),
  handle(contract.decidePostException, async (ctx, { params, body }) =>
    exceptionOf(await decideException(ctx, params.id, body.approve), await todayOf(ctx)),
  ),
  handle(contract.listHeldThings, async (ctx, { params }) => listHeldThings(ctx, params.id)),
  handle(contract.nameSuccessor, async (ctx, { params, body }) => {
    await giveThing(ctx, params.id, body);
    return undefined;
  }),
  handle(contract.handOver, async (ctx, { params, body }) => handOver(ctx, params.id, body)),
];
