/** Tasks of the security administrator that come from single sign-on. */
import type { z } from 'zod';
import type { ssoAsked, ssoDecided } from '#auth/contract';
import type { Ctx } from '#base/app';
import { findUnit } from '#units';
import { raiseTask } from './raise-task.ts';
import { settleTask } from './settle-task.ts';
import { databaseTime } from './store/clock.ts';

type Payload<T extends { payload: z.ZodType }> = z.output<T['payload']>;

/** Settings or a binding that wait for the security administrator. */
export async function askForSsoDecision(ctx: Ctx, asked: Payload<typeof ssoAsked>): Promise<void> {
  const city = await findUnit(ctx, { kind: 'city' });
  if (!city) return;
  const now = await databaseTime(ctx);
  const isBinding = asked.what === 'binding';
  await raiseTask(ctx, {
    key: `sso:${asked.id}`,
    kind: 'auth.sso',
    unitId: city.id,
    unitPath: city.unit_path,
    assignee: { role: 'security_admin' },
    title: `${isBinding ? '审批身份绑定' : '审批登录方式'}：${asked.name}`,
    why: isBinding
      ? `${asked.name} 用其他系统登录，等待绑定到本系统账号。`
      : `“${asked.name}”的设置已提出，批准之后才能用它登录。`,
    legalBasis: '《网络安全法》第二十三条（三员分立）',
    dueAt: new Date(now.getTime() + 3 * 86_400_000),
    minutes: 3,
    link: isBinding ? '/sign-in-methods?tab=bindings' : '/sign-in-methods',
    ...(asked.askedBy && { author: asked.askedBy }),
    byMachine: true,
  });
}

export async function noteSsoDecision(ctx: Ctx, decided: Payload<typeof ssoDecided>): Promise<void> {
  await settleTask(ctx, `sso:${decided.id}`, 'done');
}
