import { DownloadOutlined, StopOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { App, Button, Space, Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { addEntry, getZone, listEntries, withdrawEntry } from '#shield/contract';
import { actorText } from '../../app/actor-text.ts';
import { call, download } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { listSource } from '../../app/list-source.ts';
import { colon } from '../../app/punctuation.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { useListState } from '../../ui/list-state.ts';
import { dateTime } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import { VersionList } from './version-list.tsx';

/** The emergency block list and its published versions. */
export function ShieldPage() {
  const { t } = useTranslation();
  const can = useCan();
  const language = useLanguage();
  const { message } = App.useApp();
  const [state, change] = useListState();

  async function saveZone() {
    try {
      await download(getZone, {}, 'rpz.zone');
    } catch (error) {
      void message.error(wordsForError(error)[language]);
    }
  }

  return (
    <>
      <PageHeader
        title={t('shield.title')}
        description={t('shield.hint')}
        actions={
          <Space wrap>
            <Button icon={<DownloadOutlined aria-hidden="true" />} onClick={() => void saveZone()}>
              {t('shield.downloadNewest')}
            </Button>
            {can('shield.write') ? <AddEntry /> : null}
          </Space>
        }
      />
      <Tabs
        activeKey={state.tab === 'versions' ? 'versions' : 'entries'}
        onChange={(tab) => change({ q: '', sort: '', filters: {}, tab: tab === 'versions' ? tab : '' })}
        items={[
          { key: 'entries', label: t('shield.entries') },
          { key: 'versions', label: t('shield.versions') },
        ]}
      />
      {state.tab === 'versions' ? <VersionList /> : <EntryList />}
    </>
  );
}

function EntryList() {
  const { t } = useTranslation();
  const can = useCan();
  return (
    <ListPage
      name="shield"
      label={t('shield.entries')}
      search={t('shield.search')}
      source={listSource(listEntries, ['active', 'incidentId'])}
      rowKey={(row) => row.id}
      filters={[
        {
          key: 'active',
          label: t('shield.state'),
          options: [{ value: 'true', label: t('shield.activeOnly') }],
        },
      ]}
      columns={[
        {
          key: 'host',
          title: t('shield.host'),
          card: 'title',
          render: (row) => <span className="jd-mono jd-break">{row.host}</span>,
          text: (row) => row.host,
        },
        { key: 'reason', title: t('shield.reason'), render: (row) => row.reason, text: (row) => row.reason },
        {
          key: 'state',
          field: 'withdrawnAt',
          title: t('shield.state'),
          render: (row) =>
            row.withdrawnAt === null ? (
              <StatusTag tone="ok">{t('shield.active')}</StatusTag>
            ) : (
              <StatusTag tone="neutral">{`${t('shield.withdrawn')} ${dateTime(row.withdrawnAt)}`}</StatusTag>
            ),
          text: (row) => (row.withdrawnAt === null ? t('shield.active') : t('shield.withdrawn')),
        },
        {
          key: 'addedAt',
          title: t('shield.addedAt'),
          render: (row) => <span className="jd-num">{dateTime(row.addedAt)}</span>,
          text: (row) => dateTime(row.addedAt),
        },
        {
          key: 'addedBy',
          title: t('shield.addedBy'),
          render: (row) => actorText(row.addedBy, t),
          text: (row) => actorText(row.addedBy, t),
        },
        {
          key: 'actions',
          title: t('list.actions'),
          render: (row) => (
            <Space>
              {row.incidentId === null || !can('incidents.read') ? null : (
                <Link to="/incidents/$id" params={{ id: row.incidentId }}>
                  {t('shield.incident')}
                </Link>
              )}
              {row.withdrawnAt === null && can('shield.write') ? (
                <Withdraw id={row.id} host={row.host} />
              ) : null}
            </Space>
          ),
        },
      ]}
      empty={
        <EmptyState
          icon={<StopOutlined aria-hidden="true" />}
          title={t('shield.empty')}
          hint={t('shield.emptyHint')}
        />
      }
    />
  );
}

function AddEntry() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  return (
    <FormDrawer label={t('shield.add')} icon={<StopOutlined aria-hidden="true" />} type="primary">
      {(close) => (
        <SchemaForm
          schema={addEntry.body!}
          fields={{
            host: {
              label: t('shield.host'),
              example: 'bad.example',
              help: t('shield.hostHelp'),
              autoFocus: true,
            },
            reason: { label: t('shield.reason'), widget: 'textarea' },
          }}
          submitLabel={t('shield.add')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(addEntry, { body });
            await client.invalidateQueries({ queryKey: ['shield'] });
            void message.success(t('shield.added'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}

function Withdraw({ id, host }: { id: string; host: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  return (
    <FormDrawer label={t('shield.withdraw')} title={`${t('shield.withdraw')}${colon()}${host}`} size="small">
      {(close) => (
        <SchemaForm
          schema={withdrawEntry.body!}
          fields={{ reason: { label: t('shield.reason'), widget: 'textarea', autoFocus: true } }}
          submitLabel={t('shield.withdraw')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(withdrawEntry, { params: { id }, body });
            await client.invalidateQueries({ queryKey: ['shield'] });
            void message.success(t('shield.withdrawDone'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}
