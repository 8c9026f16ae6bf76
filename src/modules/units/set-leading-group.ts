/** 领导小组: recorded as a document set it up; a change is a new version. */
import type { z } from 'zod';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import type { setLeadingGroup as route } from './contract.ts';
import { refreshFive } from './five-job.ts';
import * as store from './group-store.ts';
import { inScope } from './import-units.ts';
import { readPerson } from './keep-people.ts';
import { todayOf } from './people-store.ts';
import { isPhone, maskPhone } from './rules.ts';
import { changeDueOn } from './rules-five.ts';
import { findUnit } from './store.ts';

type Input = z.output<NonNullable<(typeof route)['body']>>;

/** Records a version and closes the one before. Throws `units.group_*`. */
export async function setLeadingGroup(ctx: Ctx, unitId: string, input: Input) {
  const unit = await findUnit(ctx, { id: unitId });
  if (!unit) fail('base.not_found', { what: unitId });
  if (!inScope(ctx, unit.unit_path)) fail('units.outside_scope', { code: unit.code });
  if (input.members.filter(({ role }) => role === 'head').length !== 1) fail('units.group_one_head');
  const seen = new Set<string>();
  for (const { personId } of input.members) {
    const person = await readPerson(ctx, personId);
    if (seen.has(personId)) fail('units.group_member_twice', { name: person.name });
    seen.add(personId);
  }
  if (input.officeHeadId) await readPerson(ctx, input.officeHeadId);
  if (input.officePhone && !isPhone(input.officePhone)) fail('units.bad_phone', { value: input.officePhone });
  const before = await store.lockNewestGroup(ctx, unit.id);
  if (before && input.establishedOn <= before.establishedOn) {
    fail('units.group_too_early', { date: before.establishedOn });
  }
  if (before) await store.closeGroup(ctx, before.id, input.establishedOn);
  const group = {
    unitId: unit.id,
    unitPath: unit.unit_path,
    documentNo: input.documentNo,
    establishedOn: input.establishedOn,
    changeReason: input.changeReason || null,
    officeName: input.officeName || null,
    officePhone: input.officePhone || null,
    officeHeadId: input.officeHeadId ?? null,
    members: input.members.map((member) => ({ ...member, duties: member.duties || null })),
  };
  const id = await store.insertGroup(ctx, group);
  await recordAudit(ctx, {
    action: 'units.leading_group',
    subject: `leading-group:${id}`,
    unitPath: unit.unit_path,
    before: before ? { id: before.id, documentNo: before.documentNo } : null,
    after: group,
  });
  await refreshFive(ctx, [unit.id]);
  return (await listLeadingGroups(ctx, unit.id))[0]!;
}

/** All versions of a unit's group with their members as they stand today. Throws `base.not_found`. */
export async function listLeadingGroups(ctx: Ctx, unitId: string) {
  if (!(await findUnit(ctx, { id: unitId }))) fail('base.not_found', { what: unitId });
  const today = await todayOf(ctx);
  const groups = await store.listGroups(ctx, unitId);
  const members = await store.findMembers(
    ctx,
    groups.map(({ id }) => id),
    today,
  );
  return groups.map(({ officePhone, ...group }) => {
    const own = members.filter(({ groupId }) => groupId === group.id);
    const due = group.closedOn === null || group.closedOn > today ? changeDueOn(own) : null;
    return {
      ...group,
      officePhoneMasked: maskPhone(officePhone),
      members: own.map(({ groupId: _, unitId: __, ...member }) => member),
      changeDueOn: due,
      overdue: due !== null && due < today,
    };
  });
}
