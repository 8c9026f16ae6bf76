import type { z } from 'zod';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { violatedConstraint } from '#base/db';
import { fail } from '#base/errors';
import { newId } from '#base/id';
import { inScope, unitsByCode } from '#units';
import type { ChannelSettings, changedChannel, newChannel, OuterKind } from './contract.ts';
import { openChannel, sealChannel } from './open-channel.ts';
import { fillSmsTemplate } from './send/send-sms.ts';
import { type ChannelRow, findChannel, insertChannel, updateChannel } from './store/channel-store.ts';

/** Sets a channel up for a unit of the caller's scope. Returns its id. */
export async function createChannel(ctx: Ctx, input: z.output<typeof newChannel>): Promise<string> {
  const unit = (await unitsByCode(ctx, [input.unitCode])).get(input.unitCode);
  if (!unit || !inScope(ctx, unit.path)) return fail('base.not_found', { what: input.unitCode });
  checkChannel(input.kind, input.url, input.secret, input.settings);
  const id = newId();
  const row = {
    id,
    unit_path: unit.path,
    kind: input.kind,
    name: input.name,
    host: hostOf(input.url),
    sealed: await sealChannel(ctx.app, id, { url: input.url, secret: input.secret }),
    settings: input.settings,
  };
  await insertChannel(ctx, row).catch((error: unknown) => refuseDuplicate(error, input.name));
  await recordAudit(ctx, {
    action: 'notify.create_channel',
    subject: `channel:${id}`,
    unitPath: unit.path,
    after: shownOf({ ...row, enabled: true }),
  });
  return id;
}

/** Changes what is given; address and key stay when they are left out. */
export async function changeChannel(
  ctx: Ctx,
  id: string,
  change: z.output<typeof changedChannel>,
): Promise<void> {
  const before = await findChannel(ctx, id);
  if (!before) return fail('base.not_found', { what: id });
  const secrets = await openChannel(ctx.app, before);
  const url = change.url ?? secrets.url;
  const secret = change.secret ?? secrets.secret;
  const settings = change.settings ?? before.settings;
  checkChannel(before.kind, url, secret, settings);
  const after = {
    ...before,
    name: change.name ?? before.name,
    host: hostOf(url),
    sealed: await sealChannel(ctx.app, id, { url, secret }),
    settings,
    enabled: change.enabled ?? before.enabled,
  };
  await updateChannel(ctx, after).catch((error: unknown) => refuseDuplicate(error, after.name));
  await recordAudit(ctx, {
    action: 'notify.change_channel',
    subject: `channel:${id}`,
    unitPath: before.unit_path,
    before: shownOf(before),
    after: {
      ...shownOf(after),
      addressChanged: url !== secrets.url,
      secretChanged: secret !== secrets.secret,
    },
  });
}

/** Without what is secret: the audit log is read by others. */
function shownOf(row: Pick<ChannelRow, 'kind' | 'name' | 'host' | 'settings' | 'enabled'>): object {
  return { kind: row.kind, name: row.name, host: row.host, settings: row.settings, enabled: row.enabled };
}

export function hostOf(url: string): string {
  const { hostname, port } = new URL(url);
  return port ? `${hostname}:${port}` : hostname;
}

const refuse: (field: string, zh: string, en: string) => never = (field, zh, en) => {
  fail('notify.bad_channel', { field, zh, en });
};

/** Refuses with `notify.bad_channel`, naming field and remedy. */
function checkChannel(kind: OuterKind, url: string, secret: string, settings: ChannelSettings): void {
  const parsed = URL.parse(url);
  const wanted = kind === 'mail' ? /^smtps?:$/ : /^https?:$/;
  if (!parsed?.hostname || !wanted.test(parsed.protocol)) {
    const form = kind === 'mail' ? 'smtp://user:password@mail.example.org:587' : 'https://…';
    refuse('url', `请填写完整地址，形如 ${form}`, `give the whole address, like ${form}`);
  }
  if (kind === 'webhook' && secret.length < 16) {
    refuse('secret', '签名密钥至少 16 个字符', 'the signing key needs at least 16 characters');
  }
  if (kind === 'wecom' && !parsed.searchParams.get('key')) {
    refuse('url', '企业微信机器人地址应带有 key 参数', 'the address of a WeCom robot has a key parameter');
  }
  if (kind === 'dingtalk' && !parsed.searchParams.get('access_token')) {
    refuse(
      'url',
      '钉钉机器人地址应带有 access_token 参数',
      'the address of a DingTalk robot has an access_token',
    );
  }
  if (kind === 'sms') checkSms(settings, secret);
}

function checkSms(settings: ChannelSettings, secret: string): void {
  const { sms } = settings;
  if (!sms) refuse('settings.sms', '请填写短信接口的请求与应答', 'describe the gateway’s request and answer');
  if (secret.length < 8)
    refuse('secret', '网关密钥至少 8 个字符', 'the gateway’s key needs at least 8 characters');
  for (const name of ['phone', 'text']) {
    if (!sms.template.includes(`{${name}}`)) {
      refuse('settings.sms.template', `请求模板缺少 {${name}}`, `the request lacks {${name}}`);
    }
  }
  try {
    JSON.parse(fillSmsTemplate(sms.template, { phone: '1', text: '"\\\n', id: '1' }));
  } catch {
    refuse('settings.sms.template', '请求模板填入后不是合法的 JSON', 'filled in, the request is not JSON');
  }
}

function refuseDuplicate(error: unknown, name: string): never {
  if (violatedConstraint(error) === 'channel_unit_path_name_key') fail('notify.duplicate_channel', { name });
  throw error;
}
