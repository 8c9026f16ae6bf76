import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Popconfirm, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { listAccounts, proposeRole, roleName, setAccountState, tieAccount } from '#auth/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { listSource } from '../../app/list-source.ts';
import { listComma } from '../../app/punctuation.ts';
import { useCan, useUser } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import { AccountHelp, AccountState } from './account-help.tsx';
import { ViewAs } from './view-as.tsx';

type Account = RouteReply<typeof listAccounts>['items'][number];

/** Accounts in scope, with their roles. */
export function AccountList() {
  const { t } = useTranslation();
  const words = useEnumWords();
  return (
    <ListPage
      name="accounts"
      label={t('users.accounts')}
      search={t('users.search')}
      source={listSource(listAccounts)}
      rowKey={(row) => row.id}
      columns={[
        {
          key: 'name',
          title: t('users.name'),
          card: 'title',
          render: (row) => row.name,
          text: (row) => row.name,
        },
        {
          key: 'username',
          title: t('users.username'),
          render: (row) => <span className="jd-mono">{row.username}</span>,
          text: (row) => row.username,
        },
        {
          key: 'unit',
          field: 'unitName',
          title: t('users.unit'),
          render: (row) => row.unitName,
          text: (row) => row.unitName,
        },
        {
          key: 'roles',
          title: t('users.roles'),
          render: (row) =>
            row.roles.length === 0 ? (
              <StatusTag tone="warn">{t('users.noRole')}</StatusTag>
            ) : (
              row.roles.map((role) => words('role', role)).join(listComma())
            ),
          text: (row) => row.roles.map((role) => words('role', role)).join(listComma()),
        },
        {
          key: 'lastSignIn',
          field: 'lastSignInAt',
          title: t('users.lastSignIn'),
          render: (row) => (row.lastSignInAt ? dateMinute(row.lastSignInAt) : t('users.never')),
          text: (row) => (row.lastSignInAt ? dateMinute(row.lastSignInAt) : t('users.never')),
        },
        {
          key: 'status',
          field: 'disabled',
          title: t('users.status'),
          render: (row) => (
            <StatusTag tone={row.disabled ? 'neutral' : 'ok'}>
              {row.disabled ? t('users.disabled') : t('users.active')}
            </StatusTag>
          ),
          text: (row) => (row.disabled ? t('users.disabled') : t('users.active')),
        },
        {
          key: 'factor',
          title: t('signInAdmin.account'),
          render: (row) => <AccountState account={row} />,
        },
        { key: 'actions', title: t('list.actions'), render: (row) => <AccountActions account={row} /> },
      ]}
      empty={<EmptyState title={t('users.empty')} hint={t('users.emptyHint')} />}
    />
  );
}

function AccountActions({ account }: { account: Account }) {
  const can = useCan();
  const user = useUser();
  return (
    <Space wrap>
      {can('roles.propose') && !account.disabled ? <ProposeRole account={account} /> : null}
      {can('accounts.write') && account.personId === null ? <TieAccount account={account} /> : null}
      {can('accounts.write') && account.id !== user.id ? <ToggleAccount account={account} /> : null}
      <AccountHelp account={account} />
      {can('accounts.view_as') && !account.disabled && account.id !== user.id ? (
        <ViewAs id={account.id} name={account.name} />
      ) : null}
    </Space>
  );
}

function ToggleAccount({ account }: { account: Account }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const language = useLanguage();
  const { message } = App.useApp();
  const toggle = useMutation({
    mutationFn: () =>
      call(setAccountState, { params: { id: account.id }, body: { disabled: !account.disabled } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['accounts'] }),
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
  if (account.disabled) {
    return (
      <Button size="small" loading={toggle.isPending} onClick={() => toggle.mutate()}>
        {t('users.enable')}
      </Button>
    );
  }
  return (
    <Popconfirm title={t('users.disableConfirm', { name: account.name })} onConfirm={() => toggle.mutate()}>
      <Button size="small" danger loading={toggle.isPending}>
        {t('users.disable')}
      </Button>
    </Popconfirm>
  );
}

/** Accounts of the first set-up and imported ones know nobody of the register. */
function TieAccount({ account }: { account: Account }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  return (
    <FormDrawer label={t('users.tie')} title={t('users.tieFor', account)} size="small">
      {(close) => (
        <SchemaForm
          schema={tieAccount.body!}
          fields={{
            personNo: {
              label: t('users.tiePerson'),
              help: t('users.tieHelp'),
              widget: 'person',
              gives: 'personNo',
            },
          }}
          submitLabel={t('users.tie')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(tieAccount, { params: { id: account.id }, body });
            await client.invalidateQueries({ queryKey: ['accounts'] });
            void message.success(t('users.tied'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}

function ProposeRole({ account }: { account: Account }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const client = useQueryClient();
  const { message } = App.useApp();
  return (
    <FormDrawer label={t('users.propose')} title={t('users.proposeFor', { name: account.name })} size="small">
      {(close) => (
        <SchemaForm
          schema={proposeRole.body!}
          fixed={{ accountId: account.id }}
          fields={{ role: { label: t('users.role'), options: optionsOf(words, 'role', roleName.options) } }}
          submitLabel={t('users.propose')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(proposeRole, { body });
            await client.invalidateQueries({ queryKey: ['role-grants'] });
            void message.success(t('users.proposed'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}
