/** One message on its ways to one person, or to the groups: worded, held for quiet hours, queued. */
import { createHash, randomBytes } from 'node:crypto';
import type { Ctx } from '#base/app';
import { publicUrlOf } from '#base/config';
import type { ChannelKind, Language, MessageKind } from './contract.ts';
import { mandatoryKinds } from './contract.ts';
import { wakeLane } from './pump.ts';
import { kindNames, quietUntil, type Words, waysOf, wordsIn } from './rules.ts';
import { groupChannelsFor } from './store/channel-store.ts';
import { channelFor, insertDelivery } from './store/delivery-store.ts';
import { type Recipient, unitName } from './store/recipient-store.ts';
import { findTemplate } from './store/template-store.ts';
import { insertMessage } from './store.ts';
import { builtInWording, escapeValues, fill, oneLine, type Values, type Wording } from './texts.ts';

export interface Message {
  /** What it is about, once: `(event, step)`. */
  readonly key: string;
  /** Default: `incident` when urgent, else `notice`. */
  readonly kind?: MessageKind;
  readonly subject: Words;
  readonly body: Words;
  /** A path of the UI. */
  readonly link: string | null;
  /** Goes out at once, whatever the hour. */
  readonly urgent: boolean;
  /** Channels that it does not go by. */
  readonly except?: readonly ChannelKind[];
}

export interface ChainOptions {
  readonly runId: string;
  /** Frozen with the step; they stand above preferences. */
  readonly channels: readonly ChannelKind[];
}

export interface Composer {
  readonly ctx: Ctx;
  readonly message: Message;
  readonly kind: MessageKind;
  wordingOf(language: Language): Promise<Wording>;
}

/** Looks each wording up once for all recipients. */
export function makeComposer(ctx: Ctx, message: Message): Composer {
  const kind = message.kind ?? (message.urgent ? 'incident' : 'notice');
  const known = new Map<Language, Promise<Wording>>();
  return {
    ctx,
    message,
    kind,
    wordingOf: (language) => {
      const found = known.get(language) ?? loadWording(ctx, kind, language);
      known.set(language, found);
      return found;
    },
  };
}

async function loadWording(ctx: Ctx, kind: MessageKind, language: Language): Promise<Wording> {
  return (await findTemplate(ctx, kind, language)) ?? builtInWording;
}

/** The words of one message for one reader, harmless for the channel that carries them. */
export function wordMessage(
  wording: Wording,
  channel: ChannelKind,
  language: Language,
  given: { message: Message; kind: MessageKind; unit: string; person: string; link: string; at: Date },
): { subject: string; text: string } {
  const raw: Values = {
    subject: oneLine(wordsIn(given.message.subject, language)),
    body: wordsIn(given.message.body, language),
    link: given.link,
    unit: given.unit,
    person: given.person,
    time: `${new Date(given.at.getTime() + 8 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ')}`,
    kind: kindNames[given.kind][language],
  };
  const values = escapeValues(channel, raw);
  const text = fill(channel === 'sms' ? wording.short : wording.body, values);
  return {
    subject: oneLine(fill(wording.subject, values)),
    text: channel === 'sms' ? oneLine(text) : text.replace(/\n{3,}/g, '\n\n'),
  };
}

/** Writes the message for one person on all their ways. The same key: nothing twice. */
export async function tellRecipient(
  composer: Composer,
  recipient: Recipient,
  chain?: ChainOptions,
): Promise<void> {
  const { ctx, message, kind } = composer;
  const ways = chain?.channels ?? waysOf(kind, recipient.channels ?? {});
  const messageId = recipient.account_id && (await tellInApp(composer, recipient, chain));
  for (const way of ways) {
    if (way !== 'mail' && way !== 'sms') continue;
    const to = way === 'mail' ? recipient.email : recipient.phone;
    if (!to || message.except?.includes(way)) continue;
    const channelId = await channelFor(ctx, way, recipient.unit_path);
    const isSetUp = channelId !== null || (way === 'mail' && ctx.app.config.smtpUrl !== undefined);
    if (isSetUp)
      await tellOutside(composer, recipient, { way, to, channelId, messageId: messageId || null, chain });
  }
}

async function tellInApp(
  composer: Composer,
  recipient: Recipient,
  chain: ChainOptions | undefined,
): Promise<string | undefined> {
  const { ctx, message, kind } = composer;
  const language = recipient.language ?? 'zh';
  const { subject, text } = wordMessage(await composer.wordingOf(language), 'app', language, {
    message,
    kind,
    unit: recipient.unit_name,
    person: recipient.name,
    link: '',
    at: ctx.clock.now(),
  });
  const accountId = recipient.account_id!;
  const messageId = await insertMessage(ctx, {
    accountId,
    unitPath: recipient.unit_path,
    key: message.key,
    kind,
    subject,
    body: text,
    link: message.link,
    urgent: message.urgent,
    wantsAcknowledgement: chain !== undefined,
  });
  if (messageId === undefined) return undefined;
  await insertDelivery(ctx, {
    key: `${message.key}:app:${accountId}`,
    unitPath: recipient.unit_path,
    channel: 'app',
    channelId: null,
    kind,
    urgent: message.urgent,
    recipient: recipient.name,
    subject,
    body: '',
    accountId,
    messageId,
    chainRunId: chain?.runId ?? null,
  });
  return messageId;
}

async function tellOutside(
  composer: Composer,
  recipient: Recipient,
  by: {
    way: 'mail' | 'sms';
    to: string;
    channelId: string | null;
    messageId: string | null;
    chain: ChainOptions | undefined;
  },
): Promise<void> {
  const { ctx, message, kind } = composer;
  const { way, to, chain } = by;
  const language = recipient.language ?? 'zh';
  const base = publicUrlOf(ctx.app.config);
  const token = chain ? randomBytes(32).toString('base64url') : undefined;
  const link = token ? `${base}/received/${token}` : message.link ? base + message.link : '';
  const now = ctx.clock.now();
  const { subject, text } = wordMessage(await composer.wordingOf(language), way, language, {
    message,
    kind,
    unit: recipient.unit_name,
    person: recipient.name,
    link,
    at: now,
  });
  const isHeld = !message.urgent && !chain && !mandatoryKinds.includes(kind);
  const until = isHeld ? quietUntil(now, recipient.quiet_from, recipient.quiet_to) : null;
  const queued = await insertDelivery(ctx, {
    // The address, not the account: somebody who is told twice of one thing by two rules gets one mail.
    key: `${message.key}:${way === 'mail' ? '' : `${way}:`}${to}`,
    unitPath: recipient.unit_path,
    channel: way,
    channelId: by.channelId,
    kind,
    urgent: message.urgent,
    recipient: to,
    subject,
    body: text,
    link: link === '' ? null : link,
    accountId: recipient.account_id,
    messageId: by.messageId,
    chainRunId: chain?.runId ?? null,
    dueAt: until,
    groupKey: until ? `quiet:${way}:${recipient.account_id}:${until.toISOString()}` : null,
    ackSha256: token ? digestOf(token) : null,
  });
  if (queued) await wakeLane(ctx, queued.lane, until);
}

export function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Queues the message once for each group channel that carries its kind. */
export async function tellGroups(composer: Composer, unitPath: string): Promise<void> {
  const { ctx, message, kind } = composer;
  const channels = await groupChannelsFor(ctx, unitPath, kind, message.urgent);
  if (channels.length === 0) return;
  const unit = await unitName(ctx, unitPath);
  const base = publicUrlOf(ctx.app.config);
  for (const channel of channels) {
    if (message.except?.includes(channel.kind)) continue;
    const { language, detail } = channel.settings;
    const link = message.link ? base + message.link : '';
    const body = detail === 'full' ? message.body : '';
    const { subject, text } = wordMessage(await composer.wordingOf(language), channel.kind, language, {
      message: { ...message, body },
      kind,
      unit,
      person: '',
      link,
      at: ctx.clock.now(),
    });
    const queued = await insertDelivery(ctx, {
      key: `${message.key}:channel:${channel.id}`,
      unitPath,
      channel: channel.kind,
      channelId: channel.id,
      kind,
      urgent: message.urgent,
      recipient: channel.name,
      subject,
      body: text,
      link: link === '' ? null : link,
      groupKey: channel.kind === 'webhook' ? null : `channel:${channel.id}`,
    });
    if (queued) await wakeLane(ctx, queued.lane);
  }
}
