import { ExperimentOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { Alert, App, Button, Modal, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { changePoller, listPollers, type Poller, testPoller } from '#addresses/contract';
import { call } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { useLanguage } from '../../app/i18n.ts';
import { listSource } from '../../app/list-source.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import { AddPoller, EditPoller, usePollerDone } from './poller-form.tsx';

/** Switches and routers that are read by SNMP: how the last reading went, and a reading by hand. */
export function PollersPage() {
  const { t } = useTranslation();
  const language = useLanguage();
  const stateOf = useStateWords();
  return (
    <>
      <PageHeader title={t('pollers.title')} description={t('pollers.hint')} actions={<AddPoller />} />
      <ListPage
        name="pollers"
        label={t('pollers.title')}
        source={listSource(listPollers)}
        rowKey={(row) => row.id}
        columns={[
          {
            key: 'name',
            title: t('pollers.name'),
            card: 'title',
            render: (row) => row.name,
            text: (row) => row.name,
          },
          {
            key: 'unit',
            field: 'unitName',
            title: t('pollers.unit'),
            render: (row) => row.unitName,
            text: (row) => row.unitName,
          },
          {
            key: 'target',
            title: t('pollers.target'),
            render: (row) => <span className="jd-mono">{row.target}</span>,
            text: (row) => row.target,
          },
          {
            key: 'interval',
            field: 'intervalSeconds',
            title: t('pollers.interval'),
            render: (row) => t('pollers.every', { minutes: Math.round(row.intervalSeconds / 60) }),
            text: (row) => String(row.intervalSeconds),
          },
          {
            key: 'state',
            field: 'problem',
            title: t('pollers.state'),
            render: (row) => (
              <>
                <StatusTag tone={stateOf(row).tone}>{stateOf(row).words}</StatusTag>
                {row.problem && row.enabled ? <div className="jd-faint">{row.problem[language]}</div> : null}
              </>
            ),
            text: (row) => row.problem?.[language] ?? stateOf(row).words,
          },
          {
            key: 'last',
            field: 'lastOk',
            title: t('pollers.last'),
            render: (row) => dateMinute(row.lastOk),
            text: (row) => dateMinute(row.lastOk),
          },
          {
            key: 'figures',
            title: t('pollers.figures'),
            render: (row) => (row.figures ? t('pollers.counts', row.figures) : '—'),
            text: (row) => (row.figures ? t('pollers.counts', row.figures) : ''),
          },
          {
            key: 'acts',
            title: t('pollers.acts'),
            render: (row) => <PollerActs poller={row} />,
            text: () => '',
          },
        ]}
        empty={<EmptyState title={t('pollers.empty')} hint={t('pollers.emptyHint')} action={<AddPoller />} />}
      />
    </>
  );
}

function useStateWords() {
  const { t } = useTranslation();
  return (poller: Poller): { tone: 'ok' | 'danger' | 'info'; words: string } => {
    if (!poller.enabled) return { tone: 'info', words: t('pollers.off') };
    if (poller.problem) return { tone: 'danger', words: t('pollers.failed') };
    return poller.lastOk
      ? { tone: 'ok', words: t('pollers.ok') }
      : { tone: 'info', words: t('pollers.waiting') };
  };
}

function PollerActs({ poller }: { poller: Poller }) {
  return (
    <Space wrap size="small">
      <TestPoller poller={poller} />
      <EditPoller poller={poller} />
      <SwitchPoller poller={poller} />
    </Space>
  );
}

function TestPoller({ poller }: { poller: Poller }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { message } = App.useApp();
  const [isOpen, setOpen] = useState(false);
  const test = useMutation({
    mutationFn: () => call(testPoller, { params: { id: poller.id }, body: {} }),
    onSuccess: () => setOpen(true),
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
  const { problem, figures, sample = [] } = test.data ?? {};
  return (
    <>
      <Button
        size="small"
        icon={<ExperimentOutlined aria-hidden="true" />}
        loading={test.isPending}
        onClick={() => test.mutate()}
      >
        {t('pollers.test')}
      </Button>
      <Modal
        open={isOpen}
        title={t('pollers.testTitle', { name: poller.name })}
        footer={null}
        onCancel={() => setOpen(false)}
      >
        <Alert
          type={problem ? 'error' : 'success'}
          showIcon
          title={problem ? problem[language] : t('pollers.testOk')}
          description={figures ? t('pollers.counts', figures) : undefined}
        />
        {sample.length > 0 ? (
          <>
            <p>{t('pollers.sample')}</p>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
            <pre className="jd-mono" tabIndex={0} style={{ overflow: 'auto', maxHeight: 280 }}>
              {sample.join('\n')}
            </pre>
          </>
        ) : null}
      </Modal>
    </>
  );
}

function SwitchPoller({ poller }: { poller: Poller }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { message } = App.useApp();
  const done = usePollerDone();
  const change = useMutation({
    mutationFn: () => call(changePoller, { params: { id: poller.id }, body: { enabled: !poller.enabled } }),
    onSuccess: () => done(poller.enabled ? t('pollers.stopped') : t('pollers.started')),
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
  return (
    <Button size="small" loading={change.isPending} onClick={() => change.mutate()}>
      {poller.enabled ? t('pollers.stop') : t('pollers.start')}
    </Button>
  );
}
