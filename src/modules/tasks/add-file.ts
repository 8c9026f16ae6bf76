import type { Readable } from 'node:stream';
import { recordAudit } from '#audit';
import type { Actor, App } from '#base/app';
import { fail } from '#base/errors';
import { decideAct, isRefusal } from './rules.ts';
import { databaseTime } from './store/clock.ts';
import { type FileRow, filesOf, insertFile } from './store/parts.ts';
import { coreOf, lockTask, signaturesOf } from './store/tasks.ts';
import { standingOf } from './who-acts.ts';

const maxBytes = 20 * 1024 * 1024;
const maxFiles = 10;

/** Keeps a file for the next submission. Only who may hand in may add to it. The bytes are stored first. */
export async function addFile(
  app: App,
  actor: Actor,
  taskId: string,
  fileName: string,
  content: Readable,
): Promise<FileRow> {
  const name = fileName.replaceAll('\\', '/').split('/').at(-1)!.slice(0, 200) || 'file';
  await app.run(actor, (ctx) => lockForFile(ctx, taskId));
  const stored = await app.files.put(content, maxBytes);
  return app.run(actor, async (ctx) => {
    const task = await lockForFile(ctx, taskId);
    const file = await insertFile(ctx, task, { name, ...stored });
    await recordAudit(ctx, {
      action: 'tasks.add_file',
      subject: `task:${taskId}`,
      unitPath: task.unit_path,
      after: { name, sha256: stored.sha256, bytes: stored.bytes },
    });
    return file;
  });
}

async function lockForFile(ctx: Parameters<typeof lockTask>[0], taskId: string) {
  const task = (await lockTask(ctx, { id: taskId })) ?? fail('base.not_found', { what: taskId });
  const signatures = await signaturesOf(ctx, taskId);
  const { who, sees } = await standingOf(ctx, task, {
    signerKeys: signatures.map((one) => one.signer_key),
    copies: [],
    now: await databaseTime(ctx),
  });
  if (!sees) fail('base.not_found', { what: taskId });
  const decided = decideAct(coreOf(task, signatures), { act: 'finish', answer: '' }, who, task.unit_id);
  if (isRefusal(decided)) {
    const who = task.claimed_by_name ?? '—';
    fail(decided.code, { who, act: '上传附件 add a file', state: task.state, link: task.link ?? '' });
  }
  const files = await filesOf(ctx, taskId);
  if (files.filter((file) => file.round === task.round + 1).length >= maxFiles) {
    fail('base.too_large', { limit: `${maxFiles} files` });
  }
  return task;
}
