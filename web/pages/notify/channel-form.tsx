import { useQueryClient } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Channel, changeChannel, createChannel, messageKind, outerKind } from '#notify/contract';
import { call } from '../../app/api.ts';
import { optionsOf, useEnumWords, type WordOf } from '../../app/enum-words.ts';
import type { FieldLook } from '../../ui/field-input.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';

type Kind = Channel['kind'];

/** The words of a channel's settings; a gateway and a mail server have some of their own. */
function settingsLook(t: TFunction, words: WordOf, kind: Kind): FieldLook {
  const isPersonal = kind === 'mail' || kind === 'sms';
  const group: Record<string, FieldLook> = {
    kinds: {
      label: t('channels.kinds'),
      help: t('channels.kindsHelp'),
      options: optionsOf(words, 'messageKind', messageKind.options),
    },
    urgentOnly: { label: t('channels.urgentOnly') },
    detail: {
      label: t('channels.detail'),
      options: [
        { value: 'subject', label: t('channels.subjectOnly') },
        { value: 'full', label: t('channels.full') },
      ],
    },
    language: {
      label: t('channels.language'),
      options: [
        { value: 'zh', label: '中文' },
        { value: 'en', label: 'English' },
      ],
    },
  };
  return {
    label: t('channels.settings'),
    fields: {
      ...(isPersonal ? {} : group),
      ...(kind === 'mail' ? { from: { label: t('channels.from') } } : {}),
      ...(kind === 'mail'
        ? {}
        : { internalAddress: { label: t('channels.internalAddress'), help: t('channels.internalHelp') } }),
      perMinute: { label: t('channels.perMinute') },
      ...(kind === 'sms' ? { sms: smsLook(t) } : {}),
    },
  };
}

function smsLook(t: TFunction): FieldLook {
  return {
    label: t('channels.sms'),
    fields: {
      template: {
        label: t('channels.smsTemplate'),
        help: t('channels.smsTemplateHelp'),
        example: '{"phone":"{phone}","content":"{text}","ref":"{id}"}',
        widget: 'textarea',
      },
      secretHeader: { label: t('channels.smsHeader'), example: 'X-Api-Key' },
      okField: { label: t('channels.smsOkField'), example: 'code' },
      okValue: { label: t('channels.smsOkValue'), example: '0' },
      idField: { label: t('channels.smsIdField'), example: 'data.id' },
      permanentValues: { label: t('channels.smsPermanent') },
    },
  };
}

const addresses: Readonly<Record<Kind, string>> = {
  mail: 'smtp://user:password@mail.example.org:587',
  sms: 'https://sms.example.org/send',
  webhook: 'https://platform.example.org/hooks/jiaodun',
  wecom: 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…',
  dingtalk: 'https://oapi.dingtalk.com/robot/send?access_token=…',
  feishu: 'https://open.feishu.cn/open-apis/bot/v2/hook/…',
};

/** A mail server's address has its password in it, a robot's its key: over a shoulder both are worth a look. */
const secretAddress = { widget: 'new-password', secret: true } as const;

/** Sets a channel up; which settings there are depends on its type. */
export function NewChannel({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const client = useQueryClient();
  const [kind, setKind] = useState<Kind>('dingtalk');
  return (
    <SchemaForm
      schema={createChannel.body!}
      initial={{ kind, settings: { kinds: ['incident', 'obligation'], detail: 'subject', language: 'zh' } }}
      onChange={(value) => value.kind && setKind(value.kind)}
      fields={{
        kind: {
          label: t('channels.kind'),
          options: optionsOf(words, 'messageChannel', outerKind.options),
          autoFocus: true,
        },
        name: { label: t('channels.name') },
        unitCode: { label: t('channels.unit'), help: t('channels.unitHelp'), widget: 'unit', gives: 'code' },
        url: {
          label: t('channels.url'),
          help: t('channels.urlHelp'),
          example: addresses[kind],
          ...secretAddress,
        },
        ...(kind === 'mail' || kind === 'wecom' ? {} : { secret: secretLook(t) }),
        settings: settingsLook(t, words, kind),
      }}
      submitLabel={t('action.save')}
      onCancel={onDone}
      onSubmit={async (body) => {
        await call(createChannel, { body });
        await client.invalidateQueries({ queryKey: ['channels'] });
        onDone();
      }}
    />
  );
}

function secretLook(t: TFunction): FieldLook {
  return {
    label: t('channels.secret'),
    help: t('channels.secretHelp'),
    widget: 'new-password',
    secret: true,
  };
}

/** Changes a channel; address and key are not shown and stay unless new ones are given. */
export function ChangeChannel({ row, onDone }: { row: Channel; onDone: () => void }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const client = useQueryClient();
  return (
    <SchemaForm
      schema={changeChannel.body!}
      initial={{ name: row.name, settings: row.settings }}
      fields={{
        name: { label: t('channels.name') },
        url: { label: t('channels.url'), help: t('channels.keep'), example: row.host, ...secretAddress },
        ...(row.kind === 'mail' || row.kind === 'wecom'
          ? {}
          : { secret: { ...secretLook(t), help: t('channels.keep') } }),
        settings: settingsLook(t, words, row.kind),
      }}
      submitLabel={t('action.save')}
      onCancel={onDone}
      onSubmit={async (body) => {
        await call(changeChannel, { params: { id: row.id }, body });
        await client.invalidateQueries({ queryKey: ['channels'] });
        onDone();
      }}
    />
  );
}
