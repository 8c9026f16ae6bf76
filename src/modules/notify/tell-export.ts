import type { z } from 'zod';
import type { exportEnded } from '#auth/contract';
import type { Ctx } from '#base/app';
import { notifyAccount } from './notify-accounts.ts';

/** Tells who asked for a long export that it is ready, with the page where it is fetched, or why it is not. */
export async function tellExport(ctx: Ctx, ended: z.output<(typeof exportEnded)['payload']>): Promise<void> {
  const { exportId, accountId, title, rows, problem } = ended;
  await notifyAccount(ctx, {
    accountId,
    key: `auth.export ${exportId}`,
    subject: problem
      ? { zh: `“${title}”没有导出成功`, en: `“${title}” was not exported` }
      : { zh: `“${title}”已导出，共 ${rows} 行`, en: `“${title}” is exported: ${rows} rows` },
    body: problem ?? {
      zh: '请在“我的导出”下载，文件保留 24 小时。',
      en: 'Fetch it under “My exports”; the file is kept for 24 hours.',
    },
    link: '/exports',
    urgent: false,
  });
}
