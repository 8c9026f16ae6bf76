import { PlusOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Channel, changeChannel, listChannels, outerKind, testChannel } from '#notify/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { listSource } from '../../app/list-source.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateTime } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import { ChangeChannel, NewChannel } from './channel-form.tsx';

const source = listSource(listChannels, ['kind']);

/** Ways out of the house: set up, tested, and how each is doing. */
export function ChannelsPage() {
  const { t } = useTranslation();
  const words = useEnumWords();
  return (
    <>
      <PageHeader
        title={t('channels.title')}
        description={t('channels.description')}
        actions={
          <FormDrawer label={t('channels.add')} type="primary" icon={<PlusOutlined aria-hidden="true" />}>
            {(close) => <NewChannel onDone={close} />}
          </FormDrawer>
        }
      />
      <ListPage
        name="channels"
        label={t('channels.title')}
        source={source}
        search={t('list.search')}
        refreshEvery={30_000}
        rowKey={(row) => row.id}
        filters={[
          {
            key: 'kind',
            label: t('channels.kind'),
            options: optionsOf(words, 'messageChannel', outerKind.options),
          },
        ]}
        columns={[
          { key: 'name', title: t('channels.name'), card: 'title', render: (row) => row.name },
          {
            key: 'kind',
            title: t('channels.kind'),
            coded: 'messageChannel',
            render: (row) => words('messageChannel', row.kind),
          },
          { key: 'unit', title: t('channels.unit'), render: (row) => row.unit },
          { key: 'host', title: t('channels.host'), render: (row) => row.host },
          {
            key: 'status',
            title: t('channels.status'),
            field: 'lastError',
            render: (row) => <Status row={row} />,
          },
          {
            key: 'tested',
            title: t('channels.tested'),
            field: 'testedDetail',
            render: (row) => <Tested row={row} />,
          },
          { key: 'actions', title: '', render: (row) => <Actions row={row} /> },
        ]}
        empty={<EmptyState title={t('channels.empty')} hint={t('channels.emptyHint')} />}
      />
    </>
  );
}

function Status({ row }: { row: Channel }) {
  const { t } = useTranslation();
  const tag = !row.enabled ? (
    <StatusTag tone="neutral">{t('channels.off')}</StatusTag>
  ) : row.brokenSince ? (
    <StatusTag tone="danger">{t('channels.broken')}</StatusTag>
  ) : row.testedOk === false ? (
    <StatusTag tone="danger">{t('channels.testFailed')}</StatusTag>
  ) : row.testedAt === null ? (
    <StatusTag tone="waiting">{t('channels.untested')}</StatusTag>
  ) : (
    <StatusTag tone="ok">{t('channels.well')}</StatusTag>
  );
  return (
    <>
      {tag} {row.waiting > 0 ? <span>{t('channels.waiting', { n: row.waiting })} </span> : null}
      {row.dead > 0 ? <StatusTag tone="warn">{t('channels.dead', { n: row.dead })}</StatusTag> : null}
      {row.lastError ? <div className="jd-faint jd-break">{row.lastError}</div> : null}
    </>
  );
}

function Tested({ row }: { row: Channel }) {
  if (row.testedAt === null) return <span className="jd-faint">—</span>;
  return (
    <>
      <StatusTag tone={row.testedOk ? 'ok' : 'danger'}>{dateTime(row.testedAt)}</StatusTag>
      <div className="jd-faint jd-break">{row.testedDetail}</div>
    </>
  );
}

function Actions({ row }: { row: Channel }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  const toggle = useMutation({
    mutationFn: () => call(changeChannel, { params: { id: row.id }, body: { enabled: !row.enabled } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['channels'] }),
    onError: (error) => message.error(error.message),
  });
  return (
    <div style={{ display: 'flex', flexWrap: 'wrap', gap: 6 }}>
      <FormDrawer label={t('channels.test')} title={`${t('channels.test')} · ${row.name}`} size="small">
        {() => <TestForm row={row} />}
      </FormDrawer>
      <FormDrawer label={t('channels.change')} title={`${t('channels.change')} · ${row.name}`} size="small">
        {(close) => <ChangeChannel row={row} onDone={close} />}
      </FormDrawer>
      <Button size="small" loading={toggle.isPending} onClick={() => toggle.mutate()}>
        {row.enabled ? t('channels.switchOff') : t('channels.switchOn')}
      </Button>
    </div>
  );
}

function TestForm({ row }: { row: Channel }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const language = useLanguage();
  const [told, setTold] = useState<RouteReply<typeof testChannel>>();
  const isPersonal = row.kind === 'mail' || row.kind === 'sms';
  return (
    <>
      <SchemaForm
        schema={testChannel.body!}
        fields={isPersonal ? { to: { label: t('channels.testTo') } } : {}}
        submitLabel={t('channels.testSend')}
        onSubmit={async (body) => {
          setTold(await call(testChannel, { params: { id: row.id }, body }));
          await client.invalidateQueries({ queryKey: ['channels'] });
        }}
      />
      <div aria-live="polite" style={{ marginTop: 16 }}>
        {told ? <Alert type={told.ok ? 'success' : 'error'} showIcon title={told[language]} /> : null}
      </div>
    </>
  );
}
