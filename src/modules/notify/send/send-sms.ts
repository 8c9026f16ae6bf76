import type { App } from '#base/app';
import type { SmsSettings } from '../contract.ts';
import type { OpenChannel } from '../open-channel.ts';
import { lineOf, type Outcome, type Outgoing } from './outcome.ts';
import { fieldOf, postJson } from './post-json.ts';

/** Fills the request's template; values are JSON text, so that none can end its string. */
export function fillSmsTemplate(
  template: string,
  values: Readonly<Record<'phone' | 'text' | 'id', string>>,
): string {
  return template.replace(/\{(phone|text|id)\}/g, (_mark, name: keyof typeof values) =>
    JSON.stringify(values[name]).slice(1, -1),
  );
}

/** Hands one short message to the gateway, as the channel's settings describe it. */
export async function sendSms(app: App, channel: OpenChannel, outgoing: Outgoing): Promise<Outcome> {
  const sms = channel.settings.sms as SmsSettings;
  const body = fillSmsTemplate(sms.template, {
    phone: outgoing.to.replace(/[\s-]/g, ''),
    text: outgoing.text,
    id: outgoing.batchId,
  });
  const result = await postJson(app, channel, {
    body,
    headers: {
      'Jiaodun-Id': outgoing.batchId,
      ...(sms.secretHeader === '' ? {} : { [sms.secretHeader]: channel.secret }),
    },
  });
  if ('failure' in result) return result.failure;
  const code = fieldOf(result.answer.json, sms.okField);
  const detail = lineOf(`${sms.okField}=${code ?? '?'} ${result.answer.text}`);
  if (code === sms.okValue) {
    const carrierId = sms.idField === '' ? undefined : fieldOf(result.answer.json, sms.idField);
    return { outcome: 'accepted', detail, ...(carrierId === undefined ? {} : { carrierId }) };
  }
  if (code === undefined) return { outcome: 'unreachable', detail, left: true };
  return { outcome: sms.permanentValues.includes(code) ? 'permanent' : 'temporary', detail, left: true };
}
