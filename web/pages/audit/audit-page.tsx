import { SafetyCertificateOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { Alert, Button, Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { listCheckpoints, listEntries, verifyChain } from '#audit/contract';
import { call } from '../../app/api.ts';
import { toListQuery } from '../../app/list-query.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorView } from '../../ui/error-view.tsx';
import { HashText } from '../../ui/hash-text.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { useListState } from '../../ui/list-state.ts';
import { dateTime } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { ChangeButton } from './change-button.tsx';

/** Who did what, when, before and after; and whether the log is whole. */
export function AuditPage() {
  const { t } = useTranslation();
  const [state, change] = useListState();
  const verify = useMutation({ mutationFn: () => call(verifyChain, {}) });
  return (
    <>
      <PageHeader
        title={t('audit.title')}
        description={t('audit.hint')}
        actions={
          <Button
            icon={<SafetyCertificateOutlined aria-hidden="true" />}
            loading={verify.isPending}
            onClick={() => verify.mutate()}
          >
            {t('audit.verify')}
          </Button>
        }
      />
      <div aria-live="polite" style={{ marginBottom: verify.isIdle ? 0 : 16 }}>
        {verify.isError ? <ErrorView error={verify.error} /> : null}
        {verify.data ? (
          <Alert
            showIcon
            type={verify.data.intact ? 'success' : 'error'}
            title={verify.data.intact ? t('audit.intact', verify.data) : t('audit.broken')}
            description={verify.data.problem}
          />
        ) : null}
      </div>
      <Tabs
        activeKey={state.tab === 'checkpoints' ? 'checkpoints' : 'entries'}
        onChange={(tab) => change({ q: '', sort: '', filters: {}, tab: tab === 'checkpoints' ? tab : '' })}
        items={[
          { key: 'entries', label: t('audit.entries') },
          { key: 'checkpoints', label: t('audit.checkpoints') },
        ]}
      />
      {state.tab === 'checkpoints' ? <CheckpointList /> : <EntryList />}
    </>
  );
}

function EntryList() {
  const { t } = useTranslation();
  return (
    <ListPage
      name="audit"
      label={t('audit.title')}
      search={t('audit.search')}
      load={async (state, signal) => {
        const reply = await call(
          listEntries,
          { query: toListQuery(state, ['action', 'subject']) },
          { signal },
        );
        return { rows: reply.items, total: reply.total };
      }}
      rowKey={(row) => row.leaf}
      columns={[
        {
          key: 'id',
          title: '#',
          card: 'hidden',
          // Negative until the next checkpoint has given the entry its place in the tree.
          render: (row) => <span className="jd-num">{row.id < 0 ? t('audit.noPlace') : row.id}</span>,
          text: (row) => row.id,
        },
        {
          key: 'action',
          title: t('audit.action'),
          card: 'title',
          render: (row) => <span className="jd-mono">{row.action}</span>,
          text: (row) => row.action,
        },
        {
          key: 'actor',
          title: t('audit.actor'),
          render: (row) => row.actorName,
          text: (row) => row.actorName,
        },
        {
          key: 'subject',
          title: t('audit.subject'),
          render: (row) => <span className="jd-mono jd-break">{row.subject}</span>,
          text: (row) => row.subject,
        },
        {
          key: 'at',
          title: t('audit.at'),
          render: (row) => <span className="jd-num">{dateTime(row.at)}</span>,
          text: (row) => dateTime(row.at),
        },
        {
          key: 'leaf',
          title: t('audit.leaf'),
          render: (row) => <HashText hash={row.leaf} />,
          text: (row) => row.leaf,
        },
        {
          key: 'change',
          title: t('audit.change'),
          render: (row) => <ChangeButton before={row.before} after={row.after} title={row.action} />,
        },
      ]}
      empty={<EmptyState title={t('audit.empty')} hint={t('audit.emptyHint')} />}
    />
  );
}

function CheckpointList() {
  const { t } = useTranslation();
  return (
    <ListPage
      name="audit-checkpoints"
      label={t('audit.checkpoints')}
      load={async (state, signal) => {
        const reply = await call(listCheckpoints, { query: toListQuery(state) }, { signal });
        return { rows: reply.items, total: reply.total };
      }}
      rowKey={(row) => String(row.size)}
      columns={[
        {
          key: 'at',
          title: t('audit.at'),
          card: 'title',
          render: (row) => dateTime(row.at),
          text: (row) => dateTime(row.at),
        },
        { key: 'size', title: t('audit.size'), render: (row) => row.size, text: (row) => row.size },
        {
          key: 'root',
          title: t('audit.root'),
          render: (row) => <HashText hash={row.root} />,
          text: (row) => row.root,
        },
        {
          key: 'signature',
          title: t('audit.signature'),
          render: (row) => <HashText hash={row.signature} />,
          text: (row) => row.signature,
        },
      ]}
      empty={<EmptyState title={t('audit.noCheckpoints')} hint={t('audit.noCheckpointsHint')} />}
    />
  );
}
