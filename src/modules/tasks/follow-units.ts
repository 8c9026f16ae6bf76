/** Tasks that come from what happens to people, posts, units and roles. */
import type { z } from 'zod';
import type { roleDecided, roleProposed } from '#auth/contract';
import type { Ctx } from '#base/app';
import { findUnit } from '#units';
import type { certificateDue, postExceptionExpired, postLeft, postTaken, unitClosed } from '#units/contract';
import { addDays, chinaDay, startOf } from './calendar.ts';
import { raiseTask } from './raise-task.ts';
import { closeTask, settleTask } from './settle-task.ts';
import { databaseTime } from './store/clock.ts';
import { moveTasks } from './store/move.ts';
import { lockLive } from './store/tasks.ts';
import { accountOfPerson, holdersOf } from './store/who.ts';

type Payload<T extends { payload: z.ZodType }> = z.output<T['payload']>;

const postWords: Readonly<Record<string, string>> = {
  leader: '主要负责人',
  deputy: '分管负责人',
  network_admin: '网络管理员',
  security_officer: '网络安全员',
  reviewer: '信息审核员',
  secrecy_officer: '保密员',
  column_owner: '栏目负责人',
  moderator: '版主',
  duty: '值班联络人',
};

const successorDays = 7;

/** D2: a website without its manager is an orphan; a successor within seven days. Not when another one holds it. */
export async function askForSuccessor(ctx: Ctx, left: Payload<typeof postLeft>): Promise<void> {
  const words = postWords[left.post];
  const unit = await findUnit(ctx, { id: left.unitId });
  if (!words || !unit) return;
  const holders = await holdersOf(ctx, `post:${left.unitId}:${left.post}`, left.unitId);
  const now = await databaseTime(ctx);
  const isAhead = left.endsOn > chinaDay(now);
  if (holders.some((holder) => !holder.fallback) && !isAhead) return;
  const from = isAhead ? left.endsOn : chinaDay(now);
  await raiseTask(ctx, {
    key: `successor:${left.unitId}:${left.post}:${left.appointmentId}`,
    kind: 'units.successor',
    unitId: left.unitId,
    unitPath: unit.unit_path,
    // A leader does not name their own successor: the unit's people see it, and the bureau above.
    assignee: { post: left.post === 'leader' ? 'deputy' : 'leader' },
    title: `落实新的${words}（${left.personName} 离任）`,
    why: `${left.personName} 自 ${left.endsOn} 起不再担任${words}，网站和设备不能无人负责。`,
    legalBasis: '丽教办发〔2009〕57号 第一条（D2）',
    dueAt: startOf(addDays(from, successorDays + 1)),
    minutes: 10,
    link: `/people?unitId=${left.unitId}`,
    byMachine: true,
  });
}

/** Somebody took the post: the unit has its successor. */
export async function noteSuccessor(ctx: Ctx, taken: Payload<typeof postTaken>): Promise<void> {
  const prefix = `successor:${taken.unitId}:${taken.post}:`;
  for (const task of await lockLive(ctx, { unitId: taken.unitId })) {
    if (task.key.startsWith(prefix)) await closeTask(ctx, task, 'done', '已有人接任 / a successor was named');
  }
}

export async function askForCertificate(ctx: Ctx, due: Payload<typeof certificateDue>): Promise<void> {
  const unit = await findUnit(ctx, { id: due.unitId });
  if (!unit) return;
  const accountId = await accountOfPerson(ctx, due.personId);
  await raiseTask(ctx, {
    key: `certificate:${due.certificateId}:${due.expiresOn}`,
    kind: 'units.certificate',
    unitId: due.unitId,
    unitPath: unit.unit_path,
    assignee: accountId ? { accountId } : { post: 'leader' },
    title: `证书将于 ${due.expiresOn} 到期，请换证并登记`,
    why: '网络管理员和网络安全员须持证上岗。',
    legalBasis: '丽教办发〔2009〕57号 第三条（D43）',
    dueAt: startOf(addDays(due.expiresOn, 1)),
    minutes: 30,
    link: `/people?unitId=${due.unitId}`,
    byMachine: false,
  });
}

export async function askForSeparation(ctx: Ctx, ended: Payload<typeof postExceptionExpired>): Promise<void> {
  const unit = await findUnit(ctx, { id: ended.unitId });
  if (!unit) return;
  await raiseTask(ctx, {
    key: `exception:${ended.exceptionId}`,
    kind: 'units.exception',
    unitId: ended.unitId,
    unitPath: unit.unit_path,
    assignee: { post: 'leader' },
    title: '一人兼任的例外已到期：请另派人员或重新申请',
    why: `网络管理员与网络安全员须由两人担任，原例外到 ${ended.expiresOn} 为止。`,
    legalBasis: '丽教办发〔2009〕57号 第三条（D38）',
    dueAt: startOf(addDays(chinaDay(await databaseTime(ctx)), successorDays + 1)),
    minutes: 15,
    link: `/people?unitId=${ended.unitId}`,
    byMachine: false,
  });
}

/** A merged unit's tasks go to the unit that took it over; a closed unit has nothing to do any more. */
export async function leaveUnit(ctx: Ctx, closed: Payload<typeof unitClosed>): Promise<void> {
  const into = closed.intoId ? await findUnit(ctx, { id: closed.intoId }) : undefined;
  if (into) {
    await moveTasks(ctx, { fromId: closed.unitId, toId: into.id, toPath: into.unit_path });
    return;
  }
  for (const task of await lockLive(ctx, { unitId: closed.unitId })) {
    await closeTask(ctx, task, 'cancelled', '单位已撤销 / the unit was closed');
  }
}

/** A role that was proposed waits for the security administrator, who is another person. */
export async function askForDecision(ctx: Ctx, proposed: Payload<typeof roleProposed>): Promise<void> {
  const city = await findUnit(ctx, { kind: 'city' });
  if (!city) return;
  const now = await databaseTime(ctx);
  await raiseTask(ctx, {
    key: `role:${proposed.grantId}`,
    kind: 'auth.role',
    unitId: city.id,
    unitPath: city.unit_path,
    assignee: { role: 'security_admin' },
    title: `审批授权：${proposed.accountName}`,
    why: `${proposed.proposedByName} 提出授予 ${proposed.accountName} 角色 ${proposed.role}。`,
    legalBasis: '《网络安全法》第二十三条（三员分立）',
    dueAt: new Date(now.getTime() + 3 * 86_400_000),
    minutes: 3,
    link: '/users',
    author: proposed.proposedBy,
    byMachine: true,
  });
}

export async function noteDecision(ctx: Ctx, decided: Payload<typeof roleDecided>): Promise<void> {
  await settleTask(ctx, `role:${decided.grantId}`, 'done');
}
