import { PlusOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Popconfirm, Typography } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { createToken, listRoles, listTokens, revokeToken } from '#auth/contract';
import { call } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { toListQuery } from '../../app/list-query.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';

/** API tokens of machines; the secret of a new one is shown once. */
export function TokenList() {
  const { t } = useTranslation();
  const can = useCan();
  return (
    <ListPage
      name="tokens"
      label={t('users.tokens')}
      load={async (state, signal) => {
        const reply = await call(listTokens, { query: toListQuery(state) }, { signal });
        return { rows: reply.items, total: reply.total };
      }}
      rowKey={(row) => row.id}
      tools={can('accounts.write') ? <CreateToken /> : null}
      columns={[
        {
          key: 'name',
          title: t('users.tokenName'),
          card: 'title',
          render: (row) => row.name,
          text: (row) => row.name,
        },
        { key: 'unit', title: t('users.unit'), render: (row) => row.unitName, text: (row) => row.unitName },
        {
          key: 'expires',
          title: t('users.expires'),
          render: (row) => <span className="jd-num">{dateMinute(row.expiresAt)}</span>,
          text: (row) => dateMinute(row.expiresAt),
        },
        {
          key: 'lastUsed',
          title: t('users.lastUsed'),
          render: (row) => (row.lastUsedAt ? dateMinute(row.lastUsedAt) : '—'),
          text: (row) => (row.lastUsedAt ? dateMinute(row.lastUsedAt) : ''),
        },
        {
          key: 'status',
          title: t('users.status'),
          render: (row) => (
            <StatusTag tone={row.revoked ? 'neutral' : 'ok'}>
              {row.revoked ? t('users.revoked') : t('users.active')}
            </StatusTag>
          ),
          text: (row) => (row.revoked ? t('users.revoked') : t('users.active')),
        },
        {
          key: 'actions',
          title: t('list.actions'),
          render: (row) => (row.revoked || !can('accounts.write') ? null : <Revoke id={row.id} />),
        },
      ]}
      empty={<EmptyState title={t('users.noTokens')} hint={t('users.noTokensHint')} />}
    />
  );
}

function Revoke({ id }: { id: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const language = useLanguage();
  const { message } = App.useApp();
  const revoke = useMutation({
    mutationFn: () => call(revokeToken, { params: { id } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['tokens'] }),
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
  return (
    <Popconfirm title={t('users.revokeConfirm')} onConfirm={() => revoke.mutate()}>
      <Button size="small" danger loading={revoke.isPending}>
        {t('users.revoke')}
      </Button>
    </Popconfirm>
  );
}

function CreateToken() {
  const { t } = useTranslation();
  return (
    <FormDrawer label={t('users.createToken')} icon={<PlusOutlined aria-hidden="true" />}>
      {(close) => <TokenForm onClose={close} />}
    </FormDrawer>
  );
}

function TokenForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [secret, setSecret] = useState<string>();
  const roles = useQuery({ queryKey: ['roles'], queryFn: ({ signal }) => call(listRoles, {}, { signal }) });
  const permissions = [...new Set(roles.data?.flatMap((role) => role.permissions) ?? [])].sort();
  if (secret !== undefined) {
    return (
      <Alert
        type="success"
        title={t('users.tokenOnce')}
        description={
          <Typography.Text className="jd-mono jd-break" copyable>
            {secret}
          </Typography.Text>
        }
        action={<Button onClick={onClose}>{t('action.close')}</Button>}
      />
    );
  }
  return (
    <SchemaForm
      schema={createToken.body!}
      initial={{ days: 90 }}
      fields={{
        name: { label: t('users.tokenName'), autoFocus: true },
        unitCode: { label: t('users.unitCode') },
        permissions: {
          label: t('users.permissions'),
          options: permissions.map((value) => ({ value, label: value })),
        },
        days: { label: t('users.days') },
      }}
      submitLabel={t('users.createToken')}
      onCancel={onClose}
      onSubmit={async (body) => {
        const created = await call(createToken, { body });
        await client.invalidateQueries({ queryKey: ['tokens'] });
        setSecret(created.token);
      }}
    />
  );
}
