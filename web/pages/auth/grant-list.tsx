import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { decideRole, listRoleGrants, revokeRole, roleGrant } from '#auth/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { listSource } from '../../app/list-source.ts';
import { inBrackets } from '../../app/punctuation.ts';
import { useCan, useUser } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { SchemaForm } from '../../ui/schema-form.tsx';

type Grant = RouteReply<typeof listRoleGrants>['items'][number];

/** Proposed and decided roles; a proposal is decided by another person. */
export function GrantList() {
  const { t } = useTranslation();
  const words = useEnumWords();
  return (
    <ListPage
      name="role-grants"
      label={t('users.grants')}
      search={t('users.search')}
      source={listSource(listRoleGrants, ['state'])}
      rowKey={(row) => row.id}
      filters={[
        {
          key: 'state',
          label: t('users.status'),
          options: optionsOf(words, 'grantState', roleGrant.shape.state.options),
        },
      ]}
      columns={[
        {
          key: 'name',
          title: t('users.name'),
          card: 'title',
          render: (row) => `${row.name}${inBrackets(row.username)}`,
          text: (row) => `${row.name}${inBrackets(row.username)}`,
        },
        {
          key: 'role',
          title: t('users.role'),
          render: (row) => words('role', row.role),
          text: (row) => words('role', row.role),
        },
        {
          key: 'state',
          title: t('users.status'),
          render: (row) => <EnumTag name="grantState" value={row.state} />,
          text: (row) => words('grantState', row.state),
        },
        {
          key: 'proposedBy',
          title: t('users.proposedBy'),
          render: (row) => row.proposedBy,
          text: (row) => row.proposedBy,
        },
        {
          key: 'proposedAt',
          title: t('users.proposedAt'),
          render: (row) => <span className="jd-num">{dateMinute(row.proposedAt)}</span>,
          text: (row) => dateMinute(row.proposedAt),
        },
        {
          key: 'decidedBy',
          title: t('users.decidedBy'),
          render: (row) => row.decidedBy ?? '—',
          text: (row) => row.decidedBy,
        },
        {
          key: 'actions',
          title: t('list.actions'),
          render: (row) => (row.state === 'approved' ? <TakeBack grant={row} /> : <Decide grant={row} />),
        },
      ]}
      empty={<EmptyState title={t('users.noGrants')} hint={t('users.noGrantsHint')} />}
    />
  );
}

/** One person takes a role back, at once; giving it again takes two. */
function TakeBack({ grant }: { grant: Grant }) {
  const { t } = useTranslation();
  const can = useCan();
  const words = useEnumWords();
  const client = useQueryClient();
  const { message } = App.useApp();
  if (!can('roles.revoke')) return null;
  const title = t('rights.revokeGrantTitle', { name: grant.name, role: words('role', grant.role) });
  return (
    <FormDrawer label={t('rights.revokeGrant')} title={title} size="small" danger>
      {(close) => (
        <SchemaForm
          schema={revokeRole.body!}
          fields={{ reason: { label: t('rights.reason'), autoFocus: true } }}
          submitLabel={t('rights.revokeGrant')}
          danger
          onCancel={close}
          onSubmit={async (body) => {
            await call(revokeRole, { params: { id: grant.id }, body });
            await client.invalidateQueries({ queryKey: ['role-grants'] });
            await client.invalidateQueries({ queryKey: ['accounts'] });
            void message.success(t('rights.revoked'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}

function Decide({ grant }: { grant: Grant }) {
  const { t } = useTranslation();
  const can = useCan();
  const user = useUser();
  const client = useQueryClient();
  const language = useLanguage();
  const { message } = App.useApp();
  const decide = useMutation({
    mutationFn: (approve: boolean) => call(decideRole, { params: { id: grant.id }, body: { approve } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['role-grants'] });
      await client.invalidateQueries({ queryKey: ['accounts'] });
      void message.success(t('users.decided'));
    },
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
  // One's own proposal would be refused by the server; it also may not be about oneself.
  const isOwn = grant.proposedBy === user.name || grant.accountId === user.id;
  if (grant.state !== 'proposed' || !can('roles.approve') || isOwn) return null;
  return (
    <Space>
      <Button size="small" type="primary" loading={decide.isPending} onClick={() => decide.mutate(true)}>
        {t('users.approve')}
      </Button>
      <Button size="small" danger loading={decide.isPending} onClick={() => decide.mutate(false)}>
        {t('users.refuse')}
      </Button>
    </Space>
  );
}
