import { SafetyCertificateOutlined } from '@ant-design/icons';
import { useMutation, useQueries, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { listCheckpoints, listEntries, verifyChain } from '#audit/contract';
import { useActWords } from '../../app/act-words.ts';
import { actorText } from '../../app/actor-text.ts';
import { call, type RouteReply } from '../../app/api.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';

/** Is the log whole? */
export function AuditorHome() {
  return (
    <>
      <ChainState />
      <div className="jd-columns">
        <div>
          <Acts words="sensitive" patterns={sensitive} />
        </div>
        <div>
          <Acts words="exports" patterns={exports} />
        </div>
      </div>
    </>
  );
}

/** Acts that look at what is sealed, masked or raw. */
const sensitive = ['trace.*', 'logs.read_*', 'logs.search', 'evidence.read*', 'auth.reveal*', 'auth.view_as'];
const exports = ['auth.export_list', 'auth.fetch_export', 'audit.export', 'units.export', 'tasks.export*'];

function ChainState() {
  const { t } = useTranslation();
  const last = useQuery({
    queryKey: ['audit', 'last-checkpoint'],
    queryFn: ({ signal }) => call(listCheckpoints, { query: { pageSize: 1 } }, { signal }),
  });
  const verify = useMutation({ mutationFn: () => call(verifyChain, {}) });
  return (
    <Panel
      title={t('homes.chain')}
      extra={
        <Button
          type="primary"
          icon={<SafetyCertificateOutlined aria-hidden="true" />}
          loading={verify.isPending}
          onClick={() => verify.mutate()}
        >
          {t('homes.chainCheck')}
        </Button>
      }
    >
      <QueryView query={last} rows={1}>
        {({ items: [head] }) => (
          <p>
            {head
              ? t('homes.chainLast', { size: head.size, time: dateMinute(head.at) })
              : t('homes.chainNone')}
          </p>
        )}
      </QueryView>
      <div aria-live="polite">
        {verify.isError ? <ErrorView error={verify.error} /> : null}
        {verify.data ? (
          <Alert
            showIcon
            type={verify.data.intact ? 'success' : 'error'}
            title={
              verify.data.intact
                ? t('homes.chainOk', verify.data)
                : t('homes.chainBroken', {
                    problem: `${verify.data.problem?.code ?? ''} #${verify.data.problem?.place ?? ''}`,
                  })
            }
          />
        ) : null}
      </div>
    </Panel>
  );
}

type Entry = RouteReply<typeof listEntries>['items'][number];

/** How many of each kind are asked for, and shown of all together. */
const shown = 8;

function Acts({ words, patterns }: { words: 'sensitive' | 'exports'; patterns: readonly string[] }) {
  const { t } = useTranslation();
  const actWords = useActWords();
  const queries = useQueries({
    queries: patterns.map((action) => ({
      queryKey: ['audit', 'home', action],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        call(listEntries, { query: { action, pageSize: shown } }, { signal }),
    })),
  });
  const failure = queries.find((query) => query.isError)?.error;
  const entries = queries
    .flatMap((query): Entry[] => query.data?.items ?? [])
    .sort((a, b) => (a.at < b.at ? 1 : -1))
    .slice(0, shown);
  return (
    <Panel
      title={t(`homes.${words}`)}
      extra={
        <Link to="/audit" search={{ action: patterns[0] }}>
          {t('action.more')}
        </Link>
      }
    >
      {failure ? <ErrorView error={failure} /> : null}
      {queries.every((query) => query.isSuccess) && entries.length === 0 ? (
        <p className="jd-faint">{t(`homes.${words}None`)}</p>
      ) : null}
      <ul className="jd-todo">
        {entries.map((entry) => (
          <li key={entry.id} className="jd-todo__item">
            <div className="jd-todo__words">
              {actWords(entry.action)}
              <div className="jd-faint jd-num" style={{ fontSize: 13 }}>
                {actorText(entry.actorName, t)} · {dateMinute(entry.at)} ·{' '}
                <span className="jd-break">{entry.subject}</span>
              </div>
            </div>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
