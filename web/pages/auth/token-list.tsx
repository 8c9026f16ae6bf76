import { PlusOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Popconfirm, Space, Typography } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { createToken, decideToken, listTokens, revokeToken, rotateToken } from '#auth/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { listSource } from '../../app/list-source.ts';
import { listComma } from '../../app/punctuation.ts';
import { useCan, useUser } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { usePermissionWords } from './use-permission-words.ts';

type Token = RouteReply<typeof listTokens>['items'][number];
type Shown = RouteReply<typeof createToken>;

/** API tokens of machines; the secret of a new one is shown once. */
export function TokenList() {
  const { t } = useTranslation();
  const can = useCan();
  const { words } = usePermissionWords();
  return (
    <ListPage
      name="tokens"
      label={t('users.tokens')}
      source={listSource(listTokens)}
      rowKey={(row) => row.id}
      tools={can('accounts.write') ? <CreateToken /> : null}
      columns={[
        { key: 'name', title: t('users.tokenName'), card: 'title', render: (row) => row.name },
        { key: 'unitName', title: t('users.unit'), render: (row) => row.unitName },
        {
          key: 'permissions',
          title: t('users.permissions'),
          render: (row) => row.permissions.map(words).join(listComma()),
        },
        {
          key: 'allowedFrom',
          title: t('rights.allowedFrom'),
          render: (row) => (
            <span className="jd-mono">{row.allowedFrom.join(' ') || t('rights.anywhere')}</span>
          ),
        },
        {
          key: 'expiresAt',
          title: t('users.expires'),
          render: (row) => <span className="jd-num">{dateMinute(row.expiresAt)}</span>,
        },
        { key: 'lastUsedAt', title: t('users.lastUsed'), render: (row) => <LastUse row={row} /> },
        { key: 'createdBy', title: t('rights.createdBy'), extra: true, render: (row) => row.createdBy },
        {
          key: 'state',
          title: t('rights.tokenState'),
          coded: 'tokenState',
          render: (row) => <EnumTag name="tokenState" value={row.state} />,
        },
        { key: 'actions', title: t('list.actions'), render: (row) => <TokenActions row={row} /> },
      ]}
      empty={<EmptyState title={t('users.noTokens')} hint={t('users.noTokensHint')} />}
    />
  );
}

function LastUse({ row }: { row: Token }) {
  const { t } = useTranslation();
  if (row.lastUsedAt === null) return '—';
  const at = dateMinute(row.lastUsedAt);
  return (
    <span className="jd-num">
      {row.lastUsedFrom ? t('rights.usedFrom', { at, from: row.lastUsedFrom }) : at}
    </span>
  );
}

function TokenActions({ row }: { row: Token }) {
  const { t } = useTranslation();
  const can = useCan();
  const user = useUser();
  const client = useQueryClient();
  const language = useLanguage();
  const { message } = App.useApp();
  const options = {
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['tokens'] });
      void message.success(t('rights.tokenDecided'));
    },
    onError: (error: unknown) => void message.error(wordsForError(error)[language]),
  };
  const revoke = useMutation({ mutationFn: () => call(revokeToken, { params: { id: row.id } }), ...options });
  const decide = useMutation({
    mutationFn: (approve: boolean) => call(decideToken, { params: { id: row.id }, body: { approve } }),
    ...options,
  });
  const isLive = row.state === 'active' || row.state === 'proposed';
  return (
    <Space wrap>
      {row.state === 'proposed' && can('roles.approve') && row.createdBy !== user.name ? (
        <>
          <Button size="small" type="primary" loading={decide.isPending} onClick={() => decide.mutate(true)}>
            {t('users.approve')}
          </Button>
          <Button size="small" danger loading={decide.isPending} onClick={() => decide.mutate(false)}>
            {t('users.refuse')}
          </Button>
        </>
      ) : null}
      {isLive && can('accounts.write') ? (
        <>
          <FormDrawer label={t('rights.rotate')} size="small">
            {(close) => <RotateForm id={row.id} onClose={close} />}
          </FormDrawer>
          <Popconfirm title={t('users.revokeConfirm')} onConfirm={() => revoke.mutate()}>
            <Button size="small" danger loading={revoke.isPending}>
              {t('users.revoke')}
            </Button>
          </Popconfirm>
        </>
      ) : null}
    </Space>
  );
}

function Secret({ shown, onClose }: { shown: Shown; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Alert
      type={shown.state === 'proposed' ? 'warning' : 'success'}
      title={t('users.tokenOnce')}
      description={
        <>
          <Typography.Text className="jd-mono jd-break" copyable>
            {shown.token}
          </Typography.Text>
          {shown.state === 'proposed' ? <p>{t('rights.waits')}</p> : null}
        </>
      }
      action={<Button onClick={onClose}>{t('action.close')}</Button>}
    />
  );
}

function RotateForm({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [shown, setShown] = useState<Shown>();
  if (shown) return <Secret shown={shown} onClose={onClose} />;
  return (
    <SchemaForm
      schema={rotateToken.body!}
      initial={{ graceMinutes: 0 }}
      fields={{ graceMinutes: { label: t('rights.graceMinutes'), help: t('rights.rotateHint') } }}
      submitLabel={t('rights.rotate')}
      onCancel={onClose}
      onSubmit={async (body) => {
        const made = await call(rotateToken, { params: { id }, body });
        await client.invalidateQueries({ queryKey: ['tokens'] });
        setShown(made);
      }}
    />
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
  const [shown, setShown] = useState<Shown>();
  const { options } = usePermissionWords();
  if (shown) return <Secret shown={shown} onClose={onClose} />;
  return (
    <SchemaForm
      schema={createToken.body!}
      initial={{ days: 90 }}
      fields={{
        name: { label: t('users.tokenName'), autoFocus: true },
        unitCode: { label: t('users.unit'), widget: 'unit', gives: 'code' },
        permissions: {
          label: t('users.permissions'),
          options: options(({ delegable }) => delegable),
          help: t('rights.tokenPermissionsHelp'),
        },
        allowedFrom: { label: t('rights.allowedFrom'), help: t('rights.allowedFromHelp') },
        days: { label: t('users.days') },
      }}
      submitLabel={t('users.createToken')}
      onCancel={onClose}
      onSubmit={async (body) => {
        const created = await call(createToken, { body });
        await client.invalidateQueries({ queryKey: ['tokens'] });
        setShown(created);
      }}
    />
  );
}
