import type { z } from 'zod';
import type { accountNotice } from '#auth/contract';
import type { Ctx } from '#base/app';
import { newId } from '#base/id';
import { notifyAccount } from './notify-accounts.ts';

type Notice = z.output<typeof accountNotice.payload>;

/** What happened to an account, told to its owner: whoever did not do it himself must hear of it. */
const subjects: Readonly<Record<Notice['kind'], { zh: string; en: string }>> = {
  factor_added: { zh: '账号绑定了新的第二因素', en: 'A second factor was added to your account' },
  factor_removed: { zh: '账号移除了一个第二因素', en: 'A second factor was removed from your account' },
  factors_reset: { zh: '账号的第二因素已被管理员重置', en: 'Your second factors were reset' },
  password_changed: { zh: '账号密码已修改', en: 'Your password was changed' },
  password_reset: { zh: '账号密码已被管理员重置', en: 'Your password was reset' },
  recovery_code_used: { zh: '一个恢复码被用于登录或验证', en: 'A recovery code was used' },
  sessions_limited: {
    zh: '登录数超过上限，最早的登录已结束',
    en: 'Your oldest sign-in ended: too many at once',
  },
  kicked_out: { zh: '管理员结束了您的登录', en: 'An administrator ended your sign-in' },
};

/** What the detail of a notice means. */
const details: Readonly<Partial<Record<Notice['kind'], { zh: string; en: string }>>> = {
  recovery_code_used: { zh: '剩余恢复码', en: 'codes left' },
  sessions_limited: { zh: '结束的登录数', en: 'sign-ins ended' },
  kicked_out: { zh: '结束的登录数', en: 'sign-ins ended' },
  password_reset: { zh: '理由', en: 'reason' },
};

/** Subscriber of `auth.account_notice`. */
export async function tellAccountNotice(ctx: Ctx, notice: Notice): Promise<void> {
  const { kind, detail, by } = notice;
  const label = details[kind] ?? { zh: '名称', en: 'name' };
  const what = (language: 'zh' | 'en') => (detail === '' ? '' : `${label[language]}：${detail}\n`);
  await notifyAccount(ctx, {
    accountId: notice.accountId,
    key: `auth.account_notice:${newId()}`,
    kind: 'account',
    subject: subjects[kind],
    body: {
      zh: `${what('zh')}操作人：${by}\n如果不是您本人或您认可的操作，请立即修改密码、结束其他登录，并联系管理员。`,
      en: `${what('en').replace('：', ': ')}By: ${by}\nIf this was not you or with your consent, change the password at once, end the other sign-ins and call the administrator.`,
    },
    link: '/security',
    urgent: false,
  });
}
