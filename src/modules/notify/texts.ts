/** Words on their way: templates filled, values made harmless for each channel, several messages put into one. */
import { fail } from '#base/errors';
import type { ChannelKind } from './contract.ts';
import { placeholders } from './contract.ts';

export interface Wording {
  readonly subject: string;
  readonly body: string;
  readonly short: string;
}

export type Values = Readonly<Record<(typeof placeholders)[number], string>>;

/** The wording until somebody sets another: what the product says, with nothing around it. */
export const builtInWording: Wording = {
  subject: '{subject}',
  body: '{body}\n\n{link}',
  short: '{subject} {link}',
};

const mark = /\{([^{}\s]*)\}/g;

/** Refuses what no value is known for (`notify.unknown_placeholder`), naming the field. */
export function checkWording(wording: Wording): void {
  for (const field of ['subject', 'body', 'short'] as const) {
    for (const [placeholder, name] of wording[field].matchAll(mark)) {
      if (!(placeholders as readonly string[]).includes(name!)) {
        fail('notify.unknown_placeholder', {
          field,
          placeholder,
          known: placeholders.map((one) => `{${one}}`).join(' '),
        });
      }
    }
  }
}

/** Fills in one pass: a value that looks like a placeholder stays text. */
export function fill(text: string, values: Values): string {
  return text.replace(mark, (whole, name: string) => values[name as keyof Values] ?? whole).trim();
}

// Control characters end a header or an SMS; bidirectional overrides make a text read as another one.
const control = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

export function oneLine(text: string): string {
  return text
    .replace(/[\r\n\t]+/g, ' ')
    .replace(control, '')
    .replace(/ {2,}/g, ' ')
    .trim();
}

/**
 * Makes a value harmless for the channel that carries it. Robots read marks in plain text: Feishu `<at …>`, WeCom
 * and DingTalk `@all`; each is told to everyone in the group, so strangers' words must not hold one.
 */
export function escapeFor(channel: ChannelKind, text: string): string {
  const clean = text.replace(/\r\n?/g, '\n').replace(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, '');
  if (channel === 'sms') return oneLine(clean);
  if (channel === 'feishu') return clean.replaceAll('<', '＜').replaceAll('>', '＞');
  if (channel === 'wecom' || channel === 'dingtalk') return clean.replaceAll('@', '＠').replaceAll('<', '＜');
  return clean;
}

export function escapeValues(channel: ChannelKind, values: Values): Values {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      name === 'link' ? value : escapeFor(channel, value),
    ]),
  ) as Values;
}

/** Cuts to so many UTF-8 bytes, never in the middle of a character, and says that it was cut. */
export function cutBytes(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const room = maxBytes - Buffer.byteLength('…');
  let bytes = 0;
  let kept = '';
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > room) break;
    kept += character;
  }
  return `${kept}…`;
}

const separator = '\n――――――\n';

/** How many of the texts, from the first, go into one message. At least one. */
export function fitting(texts: readonly string[], maxBytes: number): number {
  let bytes = Buffer.byteLength(heading(texts.length));
  let count = 0;
  for (const text of texts) {
    bytes += Buffer.byteLength(text) + Buffer.byteLength(separator);
    if (bytes > maxBytes) break;
    count += 1;
  }
  return Math.max(1, count);
}

/** Several messages as one; a single one stays as it is. */
export function mergeTexts(texts: readonly string[], maxBytes: number): string {
  if (texts.length === 1) return cutBytes(texts[0]!, maxBytes);
  return cutBytes([heading(texts.length), ...texts].join(separator), maxBytes);
}

function heading(count: number): string {
  return `【合并 ${count} 条消息 · ${count} messages】`;
}
