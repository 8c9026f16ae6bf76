import type { z } from 'zod';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { violatedConstraint } from '#base/db';
import { fail } from '#base/errors';
import { mandatoryKinds, messageKind, type Preference, type templateBody } from './contract.ts';
import { kindNames, maskPhone, waysOf } from './rules.ts';
import { findPreference, findRecipientAddress, savePreference } from './store/recipient-store.ts';
import { insertTemplate } from './store/template-store.ts';
import { wordMessage } from './tell-recipient.ts';
import { checkWording } from './texts.ts';

/** What is in force for the caller, the defaults included, and where mail and short messages go. */
export async function viewPreference(ctx: Ctx) {
  const isAccount = ctx.actor.kind === 'user';
  const own = isAccount ? await findPreference(ctx, ctx.actor.id) : undefined;
  const address = (way: 'mail' | 'sms') =>
    isAccount ? findRecipientAddress(ctx, ctx.actor.id, way) : Promise.resolve(null);
  const phone = await address('sms');
  return {
    language: own?.language ?? ('zh' as const),
    quietFrom: own?.quiet_from?.slice(0, 5) ?? null,
    quietTo: own?.quiet_to?.slice(0, 5) ?? null,
    channels: Object.fromEntries(
      messageKind.options.map((kind) => [kind, [...waysOf(kind, own?.channels ?? {})]]),
    ) as Record<(typeof messageKind.options)[number], ('app' | 'mail' | 'sms')[]>,
    email: await address('mail'),
    phone: phone === null ? null : maskPhone(phone),
  };
}

/** Throws `notify.mandatory_kind` when a kind with a legal clock would lose a channel. */
export async function changePreference(ctx: Ctx, value: Preference): Promise<void> {
  if (ctx.actor.kind !== 'user') return fail('base.forbidden', { permission: 'a person’s account' });
  for (const kind of mandatoryKinds) {
    const wanted = value.channels[kind];
    if (wanted && waysOf(kind, {}).some((way) => way !== 'app' && !wanted.includes(way))) {
      fail('notify.mandatory_kind', { kind: kindNames[kind].zh });
    }
  }
  const before = await findPreference(ctx, ctx.actor.id);
  await savePreference(ctx, ctx.actor.id, value);
  await recordAudit(ctx, {
    action: 'notify.set_preference',
    subject: `account:${ctx.actor.id}`,
    before: before ?? null,
    after: value,
  });
}

type TemplateInput = z.output<typeof templateBody>;

/** Sets the next version. Throws `notify.unknown_placeholder`; two at once: `base.conflict`. */
export async function changeTemplate(ctx: Ctx, input: TemplateInput): Promise<number> {
  checkWording(input);
  const version = await insertTemplate(ctx, input).catch((error: unknown) => {
    if (violatedConstraint(error))
      return fail('base.conflict', { what: `${input.kind} ${input.language}` }, error);
    throw error;
  });
  await recordAudit(ctx, {
    action: 'notify.set_template',
    subject: `template:${input.kind}:${input.language}`,
    after: { ...input, version },
  });
  return version;
}

/** The wording with an example whose words try to be more than words. */
export function previewWording(ctx: Ctx, input: TemplateInput) {
  checkWording(input);
  const zh = input.language === 'zh';
  const given = {
    message: {
      key: 'preview',
      subject: zh ? '示例学校网站“<b>首页</b>”被篡改 @all' : 'The page “<b>home</b>” was changed @all',
      body: zh ? '10:15 发现首页被改。\n请在 2 小时内报告。' : 'Found at 10:15.\nReport within 2 hours.',
      link: '/incidents',
      urgent: false,
    },
    kind: input.kind,
    unit: zh ? '示例学校' : 'Example School',
    person: zh ? '示例人员' : 'Example Person',
    link: 'https://jiaodun.example/incidents',
    at: ctx.clock.now(),
  };
  const word = (channel: 'app' | 'mail' | 'sms' | 'feishu') =>
    wordMessage(input, channel, input.language, given);
  const [app, mail, group] = [word('app'), word('mail'), word('feishu')];
  return {
    app: { subject: app.subject, body: app.text },
    mail: { subject: mail.subject, body: mail.text },
    sms: word('sms').text,
    group: `${group.subject}\n${group.text}`,
  };
}
