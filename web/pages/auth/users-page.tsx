import { PlusOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { App, Tabs } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { createAccount } from '#auth/contract';
import { call } from '../../app/api.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { usePasswordRule } from '../../app/password-rule.ts';
import { useCan } from '../../app/session.ts';
import { useListState } from '../../ui/list-state.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { AccountList } from './account-list.tsx';
import { GrantList } from './grant-list.tsx';
import { TokenList } from './token-list.tsx';

const tabs = ['accounts', 'grants', 'tokens'] as const;

/** Accounts, the roles proposed for them, and the tokens of machines. */
export function UsersPage() {
  const { t } = useTranslation();
  const can = useCan();
  const [state, change] = useListState();
  const tab = tabs.find((name) => name === state.tab) ?? 'accounts';
  return (
    <>
      <PageHeader
        title={t('users.title')}
        description={t('users.hint')}
        actions={can('accounts.write') ? <CreateAccount /> : null}
      />
      <Tabs
        activeKey={tab}
        onChange={(key) => change({ q: '', sort: '', filters: {}, tab: key === 'accounts' ? '' : key })}
        items={tabs.map((key) => ({ key, label: t(`users.${key}`) }))}
      />
      {tab === 'accounts' ? <AccountList /> : tab === 'grants' ? <GrantList /> : <TokenList />}
    </>
  );
}

function CreateAccount() {
  const rule = usePasswordRule();
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  // Somebody whose name was typed is nobody of the register: such an account acts in no post.
  const [person, setPerson] = useState<{ name: string; personNo: string }>();
  return (
    <FormDrawer label={t('users.create')} icon={<PlusOutlined aria-hidden="true" />} type="primary">
      {(close) => (
        <SchemaForm
          schema={createAccount.body!}
          fields={{
            unitCode: { label: t('users.unit'), widget: 'unit', gives: 'code' },
            name: {
              label: t('users.name'),
              help: t('users.nameHelp'),
              widget: 'person',
              gives: 'name',
              within: 'unitCode',
              onPick: setPerson,
            },
            username: { label: t('users.username') },
            password: {
              label: t('users.firstPassword'),
              widget: 'new-password',
              help: `${t('users.firstPasswordHelp')}${rule}`,
            },
          }}
          submitLabel={t('users.create')}
          onCancel={close}
          onSubmit={async (body) => {
            const personNo = person?.name === body.name ? person?.personNo : undefined;
            await call(createAccount, { body: { ...body, ...(personNo ? { personNo } : {}) } });
            await client.invalidateQueries({ queryKey: ['accounts'] });
            void message.success(t('users.created'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}
