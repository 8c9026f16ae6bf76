import { z } from 'zod';

/** How far a message got. Only `acknowledged` fulfils an obligation. */
export const receiptLevel = z.enum([
  'composed',
  'sent',
  'accepted',
  'delivered',
  'opened',
  'acknowledged',
  'failed',
]);
export type ReceiptLevel = z.infer<typeof receiptLevel>;

/** What a message is about: what a reader's preferences and the templates go by. */
export const messageKind = z.enum([
  'incident',
  'obligation',
  'task',
  'finding',
  'certificate',
  'account',
  'system',
  'notice',
]);
export type MessageKind = z.infer<typeof messageKind>;

/** Kinds that quiet hours do not hold and that nobody can switch off. */
export const mandatoryKinds: readonly MessageKind[] = ['incident', 'obligation'];

export const language = z.enum(['zh', 'en']);
export type Language = z.infer<typeof language>;

/** Channels that lead to a person; `app` always does. */
export const personalChannel = z.enum(['app', 'mail', 'sms']);

/** Every way that a message can take. */
export const channelKind = z.enum(['app', 'mail', 'sms', 'webhook', 'wecom', 'dingtalk', 'feishu']);
export type ChannelKind = z.infer<typeof channelKind>;

/** Ways that have to be set up. */
export const outerKind = z.enum(['mail', 'sms', 'webhook', 'wecom', 'dingtalk', 'feishu']);
export type OuterKind = z.infer<typeof outerKind>;

/** `waiting` for its turn or its time; `dead`: given to people, who try again or give up with a reason. */
export const deliveryState = z.enum(['waiting', 'sending', 'done', 'dead', 'given_up']);
