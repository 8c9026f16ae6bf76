import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Popconfirm } from 'antd';
import { useTranslation } from 'react-i18next';
import { endMyOtherSessions, endMySession, listMySessions } from '#auth/contract';
import { call } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { useLanguage } from '../../app/i18n.ts';
import { toListQuery } from '../../app/list-query.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { sessionColumns, useMethodWords } from './session-columns.tsx';

/** Where this account is signed in; ending one of them, or all others. */
export function MySessions() {
  const { t } = useTranslation();
  const methods = useMethodWords();
  return (
    <section aria-label={t('security.sessions')}>
      <h2 style={{ fontSize: 18 }}>{t('security.sessions')}</h2>
      <ListPage
        name="my-sessions"
        label={t('security.sessions')}
        load={async (state, signal) => {
          const reply = await call(
            listMySessions,
            { query: toListQuery(state, [], listMySessions) },
            { signal },
          );
          return { rows: reply.items, total: reply.total, capped: reply.capped ?? false };
        }}
        rowKey={(row) => row.id}
        tools={<EndOthers />}
        columns={[
          ...sessionColumns(t, methods),
          {
            key: 'actions',
            title: t('list.actions'),
            render: (row) => (row.current ? null : <EndSession id={row.id} />),
          },
        ]}
        empty={<EmptyState title={t('security.noSessions')} hint={t('security.hint')} />}
      />
    </section>
  );
}

function useEnd(work: () => Promise<unknown>) {
  const client = useQueryClient();
  const language = useLanguage();
  const { message } = App.useApp();
  return useMutation({
    mutationFn: work,
    onSuccess: () => client.invalidateQueries({ queryKey: ['my-sessions'] }),
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
}

function EndSession({ id }: { id: string }) {
  const { t } = useTranslation();
  const end = useEnd(() => call(endMySession, { params: { id } }));
  return (
    <Button size="small" danger loading={end.isPending} onClick={() => end.mutate()}>
      {t('security.end')}
    </Button>
  );
}

function EndOthers() {
  const { t } = useTranslation();
  const end = useEnd(() => call(endMyOtherSessions, {}));
  return (
    <Popconfirm title={t('security.endOthersConfirm')} onConfirm={() => end.mutate()}>
      <Button danger loading={end.isPending}>
        {t('security.endOthers')}
      </Button>
    </Popconfirm>
  );
}
