import { PlusOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Alert, App, Form, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import {
  type ConnectorKind,
  changeConnector,
  connectorInput,
  connectorKind,
  createConnector,
  kindsWithSecret,
  type listConnectors,
  settingsFields,
} from '#auth/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useCan } from '../../app/session.ts';
import type { FieldLook } from '../../ui/field-input.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';

export type Connector = RouteReply<typeof listConnectors>['items'][number];
type ValueWord = keyof typeof import('../../words/zh/single-sign-on.ts').sso.values;

/** Proposing a connector: choose the kind, then its fields with plain help. */
export function AddConnector() {
  const { t } = useTranslation();
  const can = useCan();
  if (!can('sso.propose')) return null;
  return (
    <FormDrawer label={t('sso.add')} icon={<PlusOutlined aria-hidden="true" />} type="primary">
      {(close) => <NewConnector onClose={close} />}
    </FormDrawer>
  );
}

function NewConnector({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const [kind, setKind] = useState<ConnectorKind>();
  return (
    <>
      <Alert type="info" style={{ marginBottom: 16 }} title={t('sso.addHint')} />
      <Form layout="vertical" component="div">
        <Form.Item label={t('sso.kind')} htmlFor="sso-kind">
          <Select
            id="sso-kind"
            aria-label={t('sso.kind')}
            placeholder={t('sso.chooseKind')}
            value={kind}
            onChange={setKind}
            options={optionsOf(words, 'ssoKind', connectorKind.options)}
          />
        </Form.Item>
      </Form>
      {kind ? <ConnectorForm key={kind} kind={kind} onClose={onClose} /> : null}
    </>
  );
}

interface ConnectorFormProps {
  readonly kind: ConnectorKind;
  /** The connector to change; absent: a new one. */
  readonly connector?: Connector;
  readonly onClose: () => void;
}

const namesSchema = z.object({
  nameZh: z.string().trim().min(2).max(40),
  nameEn: z.string().trim().min(2).max(60),
  secret: z.string().min(1).max(2000).optional(),
});

/** The fields of one kind, from the contract; what the server would refuse is told at its field. */
export function ConnectorForm({ kind, connector, onClose }: ConnectorFormProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  const schema = schemaOf(kind);
  const before = connector?.proposed ?? connector?.active ?? connector?.latest;
  const names = before && { nameZh: before.nameZh, nameEn: before.nameEn };
  return (
    <SchemaForm
      schema={schema}
      initial={{ ...defaultsOf(kind), ...names, ...before?.settings } as never}
      fields={useFields(kind, before?.hasSecret ?? false) as never}
      submitLabel={t('sso.propose')}
      onCancel={onClose}
      onSubmit={async (value) => {
        const { nameZh, nameEn, secret, ...settings } = value as Record<string, unknown>;
        const body = { kind, nameZh, nameEn, ...(secret ? { secret } : {}), settings } as never;
        if (connector) await call(changeConnector, { params: { id: connector.id }, body });
        else await call(createConnector, { body });
        await client.invalidateQueries({ queryKey: ['sso-connectors'] });
        void message.success(t('sso.proposed'));
        onClose();
      }}
    />
  );
}

/** What a field is when nobody says otherwise: shown, so that nobody has to guess. */
function defaultsOf(kind: ConnectorKind): Record<string, unknown> {
  const fields = Object.entries(settingsFields[kind].shape as z.core.$ZodLooseShape);
  const values = fields.map(
    ([name, field]) => [name, (field as z.ZodType).safeParse(undefined).data] as const,
  );
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** Names, secret and settings side by side, judged by the contract's own rules for the whole. */
function schemaOf(kind: ConnectorKind) {
  const { nameZh, nameEn, secret } = namesSchema.shape;
  const flat = z.object({
    nameZh,
    nameEn,
    ...(kindsWithSecret.includes(kind) ? { secret } : {}),
    ...(settingsFields[kind].shape as z.core.$ZodLooseShape),
  });
  return flat.superRefine((value, context) => {
    const { nameZh: zh, nameEn: en, secret: key, ...settings } = value as Record<string, unknown>;
    const whole = connectorInput.safeParse({
      kind,
      nameZh: zh,
      nameEn: en,
      ...(key ? { secret: key } : {}),
      settings,
    });
    for (const issue of whole.error?.issues ?? []) {
      const path = issue.path[0] === 'settings' ? issue.path.slice(1) : issue.path;
      context.addIssue({ code: 'custom', path: [...path], message: issue.message });
    }
  });
}

const ipExample = '192.0.2.10';
const examples: Readonly<Record<string, string>> = {
  issuer: 'https://id.example.edu.cn',
  url: 'ldaps://ldap.example.edu.cn:636',
  serverUrl: 'https://cas.example.edu.cn/cas',
  bindDn: 'cn=reader,dc=example,dc=edu,dc=cn',
  baseDn: 'dc=example,dc=edu,dc=cn',
  internalAddress: ipExample,
};

function useFields(kind: ConnectorKind, hasSecret: boolean): Readonly<Record<string, FieldLook>> {
  const { t } = useTranslation();
  const fields: Record<string, FieldLook> = {
    nameZh: { label: t('sso.nameZh'), help: t('sso.nameZhHelp') },
    nameEn: { label: t('sso.nameEn') },
  };
  const word = t as (key: string, options: { defaultValue: string }) => string;
  for (const name of Object.keys(settingsFields[kind].shape)) {
    if (name === 'internalAddress' || name === 'caPem') continue;
    const help = word(`sso.values.${name}Help`, { defaultValue: '' });
    fields[name] = {
      label: t(`sso.values.${name as ValueWord}`),
      ...(help !== '' && { help }),
      ...(examples[name] !== undefined && { example: examples[name] }),
    };
  }
  if (kindsWithSecret.includes(kind)) {
    fields.secret = {
      label: t('sso.secret'),
      widget: 'new-password',
      ...(hasSecret && { help: t('sso.secretKept') }),
    };
  }
  fields.internalAddress = {
    label: t('sso.internalAddress'),
    help: t('sso.internalAddressHelp'),
    example: ipExample,
  };
  if ('caPem' in settingsFields[kind].shape) {
    fields.caPem = { label: t('sso.caPem'), help: t('sso.caPemHelp'), widget: 'textarea' };
  }
  return fields;
}
