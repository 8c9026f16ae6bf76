import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import { compareWords, listWordVersions, rollBackWords } from '#watch/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { listSource } from '../../app/list-source.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { WordDifference } from './word-difference.tsx';

type Version = RouteReply<typeof listWordVersions>['items'][number];

/** Every version of the word list, with what it changed and who did. */
export function WordVersions() {
  const { t } = useTranslation();
  return (
    <ListPage
      name="words-versions"
      label={t('wordWork.tabVersions')}
      source={listSource(listWordVersions)}
      rowKey={(row) => String(row.version)}
      columns={[
        {
          key: 'version',
          title: t('wordWork.version'),
          card: 'title',
          render: (row) => t('wordlist.version', { version: row.version }),
        },
        { key: 'note', title: t('wordWork.note'), render: (row) => row.note },
        {
          key: 'counts',
          field: 'added',
          title: t('wordWork.tabTerms'),
          render: (row) => (
            <span className="jd-num">
              {t('wordWork.counts', { added: row.added, changed: row.changed, removed: row.removed })}
            </span>
          ),
        },
        {
          key: 'terms',
          title: t('wordWork.terms'),
          render: (row) => <span className="jd-num">{row.terms}</span>,
        },
        {
          key: 'changedBy',
          title: t('wordWork.by'),
          render: (row) =>
            row.approvedBy === null
              ? row.changedBy
              : `${row.changedBy} · ${t('wordWork.approvedBy', { name: row.approvedBy })}`,
        },
        {
          key: 'changedAt',
          title: t('wordWork.at'),
          render: (row) => <span className="jd-num">{dateMinute(row.changedAt)}</span>,
        },
        { key: 'actions', title: t('list.actions'), render: (row) => <VersionDrawer row={row} /> },
      ]}
      empty={<EmptyState title={t('wordWork.versionsEmpty')} hint={t('wordWork.versionsEmptyHint')} />}
    />
  );
}

function VersionDrawer({ row }: { row: Version }) {
  const { t } = useTranslation();
  return (
    <FormDrawer
      label={t('wordWork.look')}
      title={t('wordlist.version', { version: row.version })}
      size="small"
    >
      {(close) => <VersionView version={row.version} close={close} />}
    </FormDrawer>
  );
}

function VersionView({ version, close }: { version: number; close: () => void }) {
  const { t } = useTranslation();
  const can = useCan();
  const client = useQueryClient();
  const { message } = App.useApp();
  const query = useQuery({
    queryKey: ['words-versions', version],
    queryFn: ({ signal }) => call(compareWords, { query: { from: version - 1, to: version } }, { signal }),
  });
  return (
    <>
      <h3>{t('wordWork.difference')}</h3>
      <QueryView query={query}>{(difference) => <WordDifference difference={difference} />}</QueryView>
      {can('words.write') ? (
        <SchemaForm
          schema={rollBackWords.body!}
          fields={{ note: { label: t('wordWork.note'), help: t('wordWork.rollBackHint') } }}
          fixed={{ version }}
          submitLabel={t('wordWork.rollBack')}
          onSubmit={async (body) => {
            await call(rollBackWords, { body });
            await client.invalidateQueries({ queryKey: ['words-proposals'] });
            await client.invalidateQueries({ queryKey: ['words'] });
            void message.success(t('wordWork.submitted'));
            close();
          }}
        />
      ) : null}
    </>
  );
}
