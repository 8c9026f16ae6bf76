import { SwapOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Popconfirm, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  answerDelegation,
  endDelegation,
  listDelegations,
  listOwnRights,
  listRecipients,
  offerDelegation,
} from '#auth/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { listSource } from '../../app/list-source.ts';
import { listComma } from '../../app/punctuation.ts';
import { useCan, useUser } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { usePermissionWords, useRoles } from './use-permission-words.ts';

type Delegation = RouteReply<typeof listDelegations>['items'][number];

/** Delegations given and received; administrators see those of their whole scope. */
export function DelegationList() {
  const { t } = useTranslation();
  const can = useCan();
  const { words } = usePermissionWords();
  const person = ({ name, unitName }: Delegation['from']) => t('rights.who', { name, unit: unitName });
  return (
    <ListPage
      name="delegations"
      label={t('rights.delegations')}
      search={t('users.search')}
      source={listSource(listDelegations, [], can('roles.revoke') ? { all: true } : {})}
      rowKey={(row) => row.id}
      tools={<Offer />}
      columns={[
        {
          key: 'from',
          field: 'from.name',
          title: t('rights.giver'),
          card: 'title',
          render: (row) => person(row.from),
        },
        { key: 'to', field: 'to.name', title: t('rights.taker'), render: (row) => person(row.to) },
        {
          key: 'permissions',
          title: t('rights.permission'),
          render: (row) => row.permissions.map(words).join(listComma()),
        },
        {
          key: 'endsAt',
          title: t('rights.until'),
          render: (row) => (
            <span className="jd-num">
              {dateMinute(row.startsAt)} – {dateMinute(row.endsAt)}
            </span>
          ),
        },
        { key: 'reason', title: t('rights.reason'), render: (row) => row.reason },
        {
          key: 'state',
          title: t('rights.state'),
          coded: 'delegationState',
          render: (row) => <EnumTag name="delegationState" value={row.state} />,
        },
        { key: 'actions', title: t('list.actions'), render: (row) => <Answer row={row} /> },
      ]}
      empty={
        <EmptyState
          title={t('rights.noDelegations')}
          hint={t('rights.noDelegationsHint')}
          action={<Offer />}
        />
      }
    />
  );
}

function Answer({ row }: { row: Delegation }) {
  const { t } = useTranslation();
  const can = useCan();
  const user = useUser();
  const client = useQueryClient();
  const language = useLanguage();
  const { message } = App.useApp();
  const act = useMutation({
    mutationFn: (what: 'accept' | 'decline' | 'end') =>
      what === 'end'
        ? call(endDelegation, { params: { id: row.id } })
        : call(answerDelegation, { params: { id: row.id }, body: { accept: what === 'accept' } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['delegations'] });
      await client.invalidateQueries({ queryKey: ['own-rights'] });
      await client.invalidateQueries({ queryKey: ['session'] });
    },
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
  const isMine = row.to.id === user.id || row.from.id === user.id;
  return (
    <Space wrap>
      {row.state === 'offered' && row.to.id === user.id ? (
        <>
          <Button size="small" type="primary" loading={act.isPending} onClick={() => act.mutate('accept')}>
            {t('rights.accept')}
          </Button>
          <Button size="small" loading={act.isPending} onClick={() => act.mutate('decline')}>
            {t('rights.decline')}
          </Button>
        </>
      ) : null}
      {['offered', 'accepted'].includes(row.state) && (isMine || can('roles.revoke')) ? (
        <Popconfirm title={t('rights.endConfirm')} onConfirm={() => act.mutate('end')}>
          <Button size="small" danger loading={act.isPending}>
            {t('rights.end')}
          </Button>
        </Popconfirm>
      ) : null}
    </Space>
  );
}

function Offer() {
  const { t } = useTranslation();
  return (
    <FormDrawer label={t('rights.offer')} icon={<SwapOutlined aria-hidden="true" />} type="primary">
      {(close) => <OfferForm onClose={close} />}
    </FormDrawer>
  );
}

function OfferForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const client = useQueryClient();
  const { message } = App.useApp();
  const { roles: held } = useUser();
  const roles = useRoles();
  const permissions = usePermissionWords();
  const [text, setText] = useState('');
  const own = useQuery({
    queryKey: ['own-rights'],
    queryFn: ({ signal }) => call(listOwnRights, {}, { signal }),
  });
  const people = useQuery({
    queryKey: ['delegation-recipients', text],
    queryFn: ({ signal }) =>
      call(listRecipients, { query: { pageSize: 50, ...(text === '' ? {} : { q: text }) } }, { signal }),
  });
  const mine = new Set(own.data?.rights.filter(({ lentBy }) => !lentBy).map(({ permission }) => permission));
  return (
    <SchemaForm
      schema={offerDelegation.body!}
      fields={{
        toAccountId: {
          label: t('rights.to'),
          onSearch: setText,
          options:
            people.data?.items.map(({ id, name, unitName }) => ({
              value: id,
              label: t('rights.who', { name, unit: unitName }),
            })) ?? [],
        },
        permissions: {
          label: t('rights.lend'),
          options: permissions.options(({ key, delegable }) => delegable && mine.has(key)),
        },
        role: {
          label: t('rights.lendRole'),
          options: held.map((role) => ({
            value: role as string,
            label: role.startsWith('own_') ? roles.words(role) : words('role', role),
          })),
        },
        reason: { label: t('rights.reason') },
        startsAt: { label: t('rights.from') },
        endsAt: { label: t('rights.until') },
      }}
      extra={t('rights.offerHint')}
      submitLabel={t('rights.offer')}
      onCancel={onClose}
      onSubmit={async (body) => {
        await call(offerDelegation, { body });
        await client.invalidateQueries({ queryKey: ['delegations'] });
        void message.success(t('rights.offered'));
        onClose();
      }}
    />
  );
}
