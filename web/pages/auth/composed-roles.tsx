import { PlusOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { composeRole, decideComposedRole, listComposedRoles, retireRole } from '#auth/contract';
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
import { SchemaForm } from '../../ui/schema-form.tsx';
import { usePermissionWords } from './use-permission-words.ts';

type Composed = RouteReply<typeof listComposedRoles>['items'][number];

function useRefresh() {
  const client = useQueryClient();
  return async () => {
    await client.invalidateQueries({ queryKey: ['composed-roles'] });
    await client.invalidateQueries({ queryKey: ['roles'] });
  };
}

/** Roles that the administrators made of business permissions, in all their versions. */
export function ComposedRoles() {
  const { t } = useTranslation();
  const language = useLanguage();
  const can = useCan();
  const { words } = usePermissionWords();
  const compose = can('roles.compose') ? <Compose /> : null;
  return (
    <ListPage
      name="composed-roles"
      label={t('rights.composed')}
      search={t('rights.search')}
      source={listSource(listComposedRoles)}
      rowKey={(row) => row.id}
      tools={compose}
      columns={[
        {
          key: 'zh',
          field: language,
          title: t('rights.role'),
          card: 'title',
          render: (row) => (
            <>
              {row[language]} <span className="jd-faint jd-mono">{row.name}</span>
            </>
          ),
        },
        { key: 'version', title: t('rights.version'), render: (row) => row.version },
        {
          key: 'permissions',
          title: t('rights.permission'),
          render: (row) => row.permissions.map(words).join(listComma()),
        },
        {
          key: 'state',
          title: t('rights.state'),
          coded: 'composedState',
          render: (row) => <EnumTag name="composedState" value={row.state} />,
        },
        { key: 'proposedBy', title: t('rights.proposedBy'), render: (row) => row.proposedBy },
        { key: 'decidedBy', title: t('rights.decidedBy'), render: (row) => row.decidedBy ?? '—' },
        { key: 'actions', title: t('list.actions'), render: (row) => <Act row={row} /> },
      ]}
      empty={<EmptyState title={t('rights.noComposed')} hint={t('rights.noComposedHint')} action={compose} />}
    />
  );
}

function Act({ row }: { row: Composed }) {
  const { t } = useTranslation();
  const can = useCan();
  const user = useUser();
  const refresh = useRefresh();
  const language = useLanguage();
  const { message } = App.useApp();
  const decide = useMutation({
    mutationFn: (approve: boolean) => call(decideComposedRole, { params: { id: row.id }, body: { approve } }),
    onSuccess: refresh,
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
  if (row.state === 'active' && can('roles.compose')) {
    return (
      <FormDrawer label={t('rights.retire')} size="small" danger>
        {(close) => (
          <SchemaForm
            schema={retireRole.body!}
            fields={{ reason: { label: t('rights.reason'), help: t('rights.retireConfirm') } }}
            submitLabel={t('rights.retire')}
            danger
            onCancel={close}
            onSubmit={async (body) => {
              await call(retireRole, { params: { id: row.id }, body });
              await refresh();
              close();
            }}
          />
        )}
      </FormDrawer>
    );
  }
  if (row.state !== 'proposed' || !can('roles.confirm') || row.proposedBy === user.name) return null;
  return (
    <Space>
      <Button size="small" type="primary" loading={decide.isPending} onClick={() => decide.mutate(true)}>
        {t('rights.approve')}
      </Button>
      <Button size="small" danger loading={decide.isPending} onClick={() => decide.mutate(false)}>
        {t('rights.refuse')}
      </Button>
    </Space>
  );
}

function Compose() {
  const { t } = useTranslation();
  const refresh = useRefresh();
  const { options } = usePermissionWords();
  return (
    <FormDrawer label={t('rights.compose')} icon={<PlusOutlined aria-hidden="true" />} type="primary">
      {(close) => (
        <SchemaForm
          schema={composeRole.body!}
          fields={{
            zh: { label: t('rights.zhName'), autoFocus: true },
            en: { label: t('rights.enName') },
            name: { label: t('rights.roleName'), help: t('rights.roleNameHelp') },
            permissions: { label: t('rights.permission'), options: options(({ composable }) => composable) },
            reason: { label: t('rights.reason') },
          }}
          extra={t('rights.composeHint')}
          submitLabel={t('rights.compose')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(composeRole, { body });
            await refresh();
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}
