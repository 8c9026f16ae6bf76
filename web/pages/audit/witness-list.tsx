import { PlusOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { App, Button, Popconfirm } from 'antd';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { listWitnesses, registerWitness, retireWitness, type witness } from '#audit/contract';
import { call } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { listSource } from '../../app/list-source.ts';
import { serverNow } from '../../app/server-clock.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';

type Witness = z.output<typeof witness>;

const dayMs = 86_400_000;

/** Who keeps heads of the log outside, and how far each has followed. */
export function WitnessList() {
  const { t } = useTranslation();
  const can = useCan();
  return (
    <ListPage
      name="witnesses"
      label={t('audit.witnesses')}
      source={listSource(listWitnesses)}
      rowKey={(row) => row.id}
      tools={can('audit.seal') ? <Register /> : null}
      columns={[
        {
          key: 'name',
          title: t('audit.witnessName'),
          card: 'title',
          render: (row) => row.name,
          text: (row) => row.name,
        },
        {
          key: 'fingerprint',
          title: t('audit.fingerprint'),
          render: (row) => <span className="jd-mono">{row.fingerprint}</span>,
          text: (row) => row.fingerprint,
        },
        {
          key: 'last',
          field: 'lastAt',
          title: t('audit.lastSigned'),
          render: (row) =>
            row.lastAt ? `${row.lastSize} · ${dateMinute(row.lastAt)}` : t('audit.neverSigned'),
          text: (row) => row.lastSize,
        },
        { key: 'state', field: 'retired', title: t('users.status'), render: (row) => <State row={row} /> },
        {
          key: 'actions',
          title: t('list.actions'),
          render: (row) => (row.retired || !can('audit.seal') ? null : <Retire id={row.id} />),
        },
      ]}
      empty={<EmptyState title={t('audit.noWitnesses')} hint={t('audit.noWitnessesHint')} />}
    />
  );
}

function State({ row }: { row: Witness }) {
  const { t } = useTranslation();
  if (row.retired) return <StatusTag tone="neutral">{t('audit.retired')}</StatusTag>;
  if (!row.lastAt) return <StatusTag tone="waiting">{t('audit.neverSigned')}</StatusTag>;
  const isStale = serverNow() - Date.parse(row.lastAt) > dayMs;
  return isStale ? (
    <StatusTag tone="danger">{t('audit.stale')}</StatusTag>
  ) : (
    <StatusTag tone="ok">{t('audit.following')}</StatusTag>
  );
}

function Register() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  return (
    <FormDrawer label={t('audit.registerWitness')} icon={<PlusOutlined aria-hidden="true" />} type="primary">
      {(close) => (
        <SchemaForm
          schema={registerWitness.body!}
          fields={{
            name: { label: t('audit.witnessName'), autoFocus: true },
            publicKey: { label: t('audit.witnessKey'), help: t('audit.witnessKeyHelp'), widget: 'textarea' },
          }}
          submitLabel={t('audit.registerWitness')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(registerWitness, { body });
            await client.invalidateQueries({ queryKey: ['witnesses'] });
            void message.success(t('audit.witnessRegistered'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}

function Retire({ id }: { id: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const language = useLanguage();
  const { message } = App.useApp();
  return (
    <Popconfirm
      title={t('audit.retire')}
      description={t('audit.retireAsk')}
      onConfirm={async () => {
        try {
          await call(retireWitness, { params: { id } });
          await client.invalidateQueries({ queryKey: ['witnesses'] });
        } catch (error) {
          void message.error(wordsForError(error)[language]);
        }
      }}
    >
      <Button size="small" danger>
        {t('audit.retire')}
      </Button>
    </Popconfirm>
  );
}
