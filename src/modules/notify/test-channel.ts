import { recordAudit } from '#audit';
import type { Actor, App } from '#base/app';
import { AppError, fail } from '#base/errors';
import { newId } from '#base/id';
import { openChannel } from './open-channel.ts';
import { maskAddress } from './rules.ts';
import { sendOutgoing } from './send/send-outgoing.ts';
import { type ChannelRow, findChannel, noteTest } from './store/channel-store.ts';

interface Told {
  readonly ok: boolean;
  readonly zh: string;
  readonly en: string;
}

/** Sends one message now, beside the queue, and says in words what came of it. Throws `base.not_found`. */
export async function testChannel(app: App, actor: Actor, id: string, to: string | undefined): Promise<Told> {
  const row = await app.run(actor, (ctx) => findChannel(ctx, id));
  if (!row) return fail('base.not_found', { what: id });
  const isPersonal = row.kind === 'mail' || row.kind === 'sms';
  if (isPersonal && !to) {
    return fail('notify.bad_channel', {
      field: 'to',
      zh: row.kind === 'mail' ? '请填写收件邮箱' : '请填写接收短信的手机号',
      en: 'give an address to send the test to',
    });
  }
  const told = await sendTest(app, actor, row, to ?? '');
  await app.run(actor, async (ctx) => {
    await noteTest(ctx, id, told.ok, told.zh);
    await recordAudit(ctx, {
      action: 'notify.test_channel',
      subject: `channel:${id}`,
      unitPath: row.unit_path,
      after: { ok: told.ok, to: to ? maskAddress(row.kind, to) : null },
    });
  });
  return told;
}

async function sendTest(app: App, actor: Actor, row: ChannelRow, to: string): Promise<Told> {
  const text = `这是教盾的测试消息，由 ${actor.name} 发出，不需要处理。This is a test of Jiaodun; nothing needs to be done.`;
  const subject = '教盾测试消息 Jiaodun test';
  const batchId = newId();
  const part = { kind: 'system' as const, urgent: false, subject, body: text, link: null };
  const outcome = await openChannel(app, row).then(
    (channel) =>
      sendOutgoing(app, channel, {
        ...part,
        batchId,
        to,
        text,
        attachments: [],
        messages: [{ ...part, id: batchId, at: app.clock.now() }],
      }),
    (error: unknown) => {
      if (error instanceof AppError) throw error;
      app.log.warn({ err: error, channel: row.id }, 'a channel’s secrets could not be opened');
      return null;
    },
  );
  if (outcome === null) {
    return {
      ok: false,
      zh: '保存的地址和密钥打不开（安装密钥已换）：请重新填写地址和密钥',
      en: 'The stored address and key cannot be opened (another installation key): enter them again',
    };
  }
  if (outcome.outcome === 'accepted') {
    return {
      ok: true,
      zh: `对方已接收：${outcome.detail}。请到那边确认是否看到。`,
      en: `Taken by the other side: ${outcome.detail}. Check there that it arrived.`,
    };
  }
  const lead = {
    permanent: { zh: '对方拒收', en: 'The other side refused' },
    temporary: { zh: '对方暂时不收', en: 'The other side does not take it now' },
    unreachable: { zh: '通道不通', en: 'The channel does not work' },
  }[outcome.outcome];
  return { ok: false, zh: `${lead.zh}：${outcome.detail}`, en: `${lead.en}: ${outcome.detail}` };
}
