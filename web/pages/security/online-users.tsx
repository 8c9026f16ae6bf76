import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Popconfirm } from 'antd';
import { useTranslation } from 'react-i18next';
import { kickOut, listLiveSessions } from '#auth/contract';
import { call } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { useLanguage } from '../../app/i18n.ts';
import { listSource } from '../../app/list-source.ts';
import { inBrackets } from '../../app/punctuation.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { type LiveSession, sessionColumns, useMethodWords } from './session-columns.tsx';

const source = listSource(listLiveSessions);

/** Who is signed in now, in one's scope. */
export function OnlineUsers() {
  const { t } = useTranslation();
  const can = useCan();
  const methods = useMethodWords();
  const [device, ...rest] = sessionColumns(t, methods);
  return (
    <ListPage
      name="online-users"
      label={t('signInAdmin.online')}
      search={t('signInAdmin.searchOnline')}
      source={source}
      refreshEvery={30_000}
      rowKey={(row) => row.id}
      columns={[
        {
          key: 'name',
          title: t('users.name'),
          card: 'title',
          render: (row) => `${row.name}${inBrackets(row.username)}`,
        },
        { key: 'unitName', title: t('users.unit'), render: (row) => row.unitName },
        { ...device!, card: undefined as never },
        ...rest,
        {
          key: 'actions',
          title: t('list.actions'),
          render: (row) => (row.current || !can('sessions.end') ? null : <KickOut session={row} />),
        },
      ]}
      empty={<EmptyState title={t('signInAdmin.nobody')} hint={t('signInAdmin.nobodyHint')} />}
    />
  );
}

function KickOut({ session }: { session: LiveSession }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const language = useLanguage();
  const { message } = App.useApp();
  const kick = useMutation({
    mutationFn: () => call(kickOut, { params: { id: session.id } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['online-users'] }),
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
  return (
    <Popconfirm
      title={t('signInAdmin.kickOutConfirm', { name: session.name })}
      onConfirm={() => kick.mutate()}
    >
      <Button size="small" danger loading={kick.isPending}>
        {t('signInAdmin.kickOut')}
      </Button>
    </Popconfirm>
  );
}
