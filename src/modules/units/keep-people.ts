/** Registers people, corrects them, and settles which registrations are one person. */
import type { z } from 'zod';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { appoint, correctAppointment } from './appoint.ts';
import { findOpenOf } from './appointment-store.ts';
import type { registerPerson as registerRoute, updatePerson } from './contract.ts';
import { inScope } from './import-units.ts';
import * as store from './people-store.ts';
import { isEmail, isPhone, pinyinOf } from './rules.ts';
import { findUnit } from './store.ts';

type Body<R> = R extends { body?: infer B } ? z.output<NonNullable<B> & z.ZodType> : never;

/** One visible person. Throws `base.not_found`. */
export async function readPerson(ctx: Ctx, id: string): Promise<store.PersonRow> {
  return (await store.findPerson(ctx, { id })) ?? fail('base.not_found', { what: id });
}

/** One person at home in the actor's scope: who may be changed. */
export async function readOwnPerson(ctx: Ctx, id: string): Promise<store.PersonRow> {
  const person = await readPerson(ctx, id);
  if (!inScope(ctx, person.unit_path)) fail('units.person_of_others', { no: person.person_no });
  if (person.merged_into) fail('units.person_merged', { no: person.person_no });
  return person;
}

/** Registers a person, with a first post when one is given. Throws `units.person_elsewhere` for a number in use. */
export async function registerPerson(ctx: Ctx, input: Body<typeof registerRoute>): Promise<store.PersonRow> {
  const unit = await findUnit(ctx, { id: input.unitId });
  if (!unit) fail('base.not_found', { what: input.unitId });
  if (!inScope(ctx, unit.unit_path)) fail('units.outside_scope', { code: unit.code });
  const taken = (await store.lookUpNumbers(ctx, [input.personNo])).get(input.personNo);
  if (taken && inScope(ctx, taken.path))
    fail('units.duplicate_person', { no: input.personNo, name: taken.name });
  if (taken) fail('units.person_elsewhere', { no: input.personNo });
  const entry = {
    personNo: input.personNo,
    name: input.name,
    pinyin: pinyinOf(input.name),
    unitId: unit.id,
    unitPath: unit.unit_path,
    phone: readPhone(input.phone),
    email: readEmail(input.email),
    minor: input.minor ?? false,
  };
  const id = (await store.upsertPeople(ctx, [entry])).get(input.personNo)!;
  const { pinyin: _, ...after } = entry;
  await recordAudit(ctx, {
    action: 'people.register',
    subject: `person:${id}`,
    unitPath: unit.unit_path,
    after,
  });
  if (input.post) {
    await appoint(ctx, {
      personId: id,
      unitId: unit.id,
      post: input.post,
      ...(input.startsOn && { startsOn: input.startsOn }),
    });
  }
  return readPerson(ctx, id);
}

/** Corrects a person's own facts; what is not given stays, null empties. The former entry is in the audit log. */
export async function correctPerson(
  ctx: Ctx,
  id: string,
  input: Body<typeof updatePerson>,
): Promise<store.PersonRow> {
  const before = await readOwnPerson(ctx, id);
  const name = input.name ?? before.name;
  const entry = {
    name,
    pinyin: pinyinOf(name),
    phone: input.phone === undefined ? before.phone : readPhone(input.phone),
    email: input.email === undefined ? before.email : readEmail(input.email),
    minor: input.minor ?? before.minor,
  };
  await store.setPerson(ctx, id, entry);
  await recordAudit(ctx, {
    action: 'people.update',
    subject: `person:${id}`,
    unitPath: before.unit_path,
    before: { name: before.name, phone: before.phone, email: before.email, minor: before.minor },
    after: { name: entry.name, phone: entry.phone, email: entry.email, minor: entry.minor },
  });
  return readPerson(ctx, id);
}

function readPhone(text: string | null | undefined): string | null {
  const phone = (text ?? '').replace(/\s/g, '');
  if (phone && !isPhone(phone)) fail('units.bad_phone', { value: text });
  return phone || null;
}

function readEmail(text: string | null | undefined): string | null {
  if (text && !isEmail(text)) fail('units.bad_email', { value: text });
  return text || null;
}

/**
 * `otherId` is this same person: its posts, certificates and call-backs come to `id`, and that registration gives
 * way (it stays on file). Where both hold one post at one time, the other's appointment is withdrawn as doubled.
 */
export async function mergePeople(
  ctx: Ctx,
  id: string,
  input: { otherId: string; reason: string },
): Promise<store.PersonRow> {
  if (id === input.otherId) fail('units.same_person');
  const kept = await readOwnPerson(ctx, id);
  const other = await readOwnPerson(ctx, input.otherId);
  const held = await findOpenOf(ctx, [kept.id], '0001-01-01');
  for (const appointment of await findOpenOf(ctx, [other.id], '0001-01-01')) {
    await correctAppointment(ctx, appointment, { personId: kept.id, reason: input.reason, held });
  }
  await store.mergePapers(ctx, other.id, kept.id);
  await recordAudit(ctx, {
    action: 'people.merge',
    subject: `person:${kept.id}`,
    unitPath: kept.unit_path,
    before: { kept: kept.person_no, other: other.person_no, otherId: other.id },
    after: { reason: input.reason },
  });
  return readPerson(ctx, kept.id);
}

/** The two registrations are two people, however alike: they are not asked about again. */
export async function keepApart(
  ctx: Ctx,
  id: string,
  input: { otherId: string; reason: string },
): Promise<void> {
  if (id === input.otherId) fail('units.same_person');
  const person = await readOwnPerson(ctx, id);
  const other = await readPerson(ctx, input.otherId);
  await store.insertDistinct(ctx, { a: id, b: other.id, unitPath: person.unit_path, reason: input.reason });
  await recordAudit(ctx, {
    action: 'people.distinct',
    subject: `person:${id}`,
    unitPath: person.unit_path,
    after: { other: other.person_no, reason: input.reason },
  });
}
