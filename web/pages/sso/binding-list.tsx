import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Popconfirm, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { bindingState, chooseAccount, decideBinding, endBinding, listBindings } from '#auth/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { listSource } from '../../app/list-source.ts';
import { colon, inBrackets, listComma } from '../../app/punctuation.ts';
import { useCan, useUser } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { SchemaForm } from '../../ui/schema-form.tsx';

type Binding = RouteReply<typeof listBindings>['items'][number];

const source = listSource(listBindings, ['state']);

/** Identities of other systems: those that wait for approval, and those that are accounts here. */
export function BindingList() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const language = useLanguage();
  return (
    <ListPage
      name="sso-bindings"
      label={t('sso.bindings')}
      search={t('sso.searchBinding')}
      source={source}
      rowKey={(row) => row.id}
      filters={[
        {
          key: 'state',
          label: t('sso.state'),
          options: optionsOf(words, 'bindingState', bindingState.options),
        },
      ]}
      columns={[
        {
          key: 'person',
          field: 'displayName',
          title: t('sso.person'),
          card: 'title',
          render: (row) => <Person row={row} />,
        },
        {
          key: 'method',
          field: language === 'zh' ? 'connectorZh' : 'connectorEn',
          title: t('sso.method'),
          render: (row) => (language === 'zh' ? row.connectorZh : row.connectorEn),
        },
        {
          key: 'account',
          field: 'account.username',
          title: t('sso.account'),
          render: (row) => (
            <span
              className="jd-break"
              style={{ display: 'inline-block', maxWidth: 220, whiteSpace: 'normal' }}
            >
              {row.account ? accountText(row.account) : t('sso.noAccount')}
            </span>
          ),
        },
        {
          key: 'matchedBy',
          coded: 'matchGround',
          title: t('sso.ground'),
          render: (row) => words('matchGround', row.matchedBy),
        },
        {
          key: 'state',
          coded: 'bindingState',
          title: t('sso.state'),
          render: (row) => <EnumTag name="bindingState" value={row.state} />,
        },
        {
          key: 'askedAt',
          title: t('sso.asked'),
          extra: true,
          render: (row) => <span className="jd-num">{dateMinute(row.askedAt)}</span>,
        },
        {
          key: 'lastSignInAt',
          title: t('sso.lastSignIn'),
          extra: true,
          render: (row) => (row.lastSignInAt ? dateMinute(row.lastSignInAt) : '—'),
        },
        { key: 'actions', title: t('list.actions'), render: (row) => <Actions row={row} /> },
      ]}
      empty={<EmptyState title={t('sso.noBindings')} hint={t('sso.noBindingsHint')} />}
    />
  );
}

function accountText({ name, username, unitName }: NonNullable<Binding['account']>): string {
  return name + inBrackets([username, unitName].join(listComma()));
}

function Person({ row }: { row: Binding }) {
  return (
    <span className="jd-break">
      {row.displayName}
      <span className="jd-faint">
        {' '}
        {[row.employeeNo, row.phoneMasked, row.subject].filter(Boolean).join(' · ')}
      </span>
    </span>
  );
}

function useBindingChange<T>(work: (value: T) => Promise<unknown>) {
  const { t } = useTranslation();
  const language = useLanguage();
  const client = useQueryClient();
  const { message } = App.useApp();
  return useMutation({
    mutationFn: work,
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['sso-bindings'] });
      void message.success(t('sso.done'));
    },
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
}

function Actions({ row }: { row: Binding }) {
  const can = useCan();
  return (
    <Space wrap>
      {row.state === 'pending' && can('sso.propose') ? <ChooseAccount row={row} /> : null}
      {row.state === 'pending' && can('sso.bind') ? <Decide row={row} /> : null}
      {row.state === 'bound' ? <End row={row} /> : null}
    </Space>
  );
}

function Decide({ row }: { row: Binding }) {
  const { t } = useTranslation();
  const user = useUser();
  const { account } = row;
  const decide = useBindingChange((approve: boolean) =>
    call(decideBinding, {
      params: { id: row.id },
      body: { approve, ...(account && { accountId: account.id }) },
    }),
  );
  const isOwn = account?.id === user.id || row.chosenById === user.id;
  if (isOwn) return <span className="jd-faint">{t('sso.ownProposal')}</span>;
  const isForHolder = account?.administrator && row.matchedBy !== 'holder';
  return (
    <>
      {account && !isForHolder ? (
        <Popconfirm
          title={t('sso.approveConfirm', { person: row.displayName, account: accountText(account) })}
          onConfirm={() => decide.mutate(true)}
        >
          <Button size="small" type="primary" loading={decide.isPending}>
            {t('sso.approveBinding')}
          </Button>
        </Popconfirm>
      ) : null}
      {isForHolder ? <span className="jd-faint">{t('sso.holderOnly')}</span> : null}
      <Button size="small" danger loading={decide.isPending} onClick={() => decide.mutate(false)}>
        {t('sso.refuse')}
      </Button>
    </>
  );
}

function ChooseAccount({ row }: { row: Binding }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  return (
    <FormDrawer
      label={t('sso.chooseAccount')}
      title={`${t('sso.chooseAccount')}${colon()}${row.displayName}`}
      size="small"
    >
      {(close) => (
        <SchemaForm
          schema={chooseAccount.body!}
          fields={{ username: { label: t('sso.username'), autoFocus: true } }}
          extra={t('sso.chooseAccountHint')}
          submitLabel={t('sso.chooseAccount')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(chooseAccount, { params: { id: row.id }, body });
            await client.invalidateQueries({ queryKey: ['sso-bindings'] });
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}

function End({ row }: { row: Binding }) {
  const { t } = useTranslation();
  const end = useBindingChange((id: string) => call(endBinding, { params: { id } }));
  return (
    <Popconfirm title={t('sso.endConfirm')} onConfirm={() => end.mutate(row.id)}>
      <Button size="small" danger loading={end.isPending}>
        {t('sso.endBinding')}
      </Button>
    </Popconfirm>
  );
}
