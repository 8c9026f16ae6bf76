import { DownloadOutlined, EditOutlined, SafetyCertificateOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Space, Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { exportLog, sealLog, verifyChain } from '#audit/contract';
import { call, download } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { useLanguage } from '../../app/i18n.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { useListState } from '../../ui/list-state.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { CheckpointList } from './checkpoint-list.tsx';
import { EntryList } from './entry-list.tsx';
import { WitnessList } from './witness-list.tsx';

const tabs = ['entries', 'checkpoints', 'witnesses'] as const;

/** Who did what, when, before and after; and whether the log is whole. */
export function AuditPage() {
  const { t } = useTranslation();
  const [state, change] = useListState();
  const verify = useMutation({ mutationFn: () => call(verifyChain, {}) });
  const tab = tabs.find((name) => name === state.tab) ?? 'entries';
  return (
    <>
      <PageHeader
        title={t('audit.title')}
        description={t('audit.hint')}
        actions={
          <Space wrap>
            <Button
              type="primary"
              icon={<SafetyCertificateOutlined aria-hidden="true" />}
              loading={verify.isPending}
              onClick={() => verify.mutate()}
            >
              {t('audit.verify')}
            </Button>
            <SealButton />
            <ExportButton />
          </Space>
        }
      />
      <div aria-live="polite" style={{ marginBottom: verify.isIdle ? 0 : 16 }}>
        {verify.isError ? <ErrorView error={verify.error} /> : null}
        {verify.data ? (
          <Alert
            showIcon
            type={verify.data.intact ? 'success' : 'error'}
            title={verify.data.intact ? t('audit.intact', verify.data) : t('audit.broken')}
            description={
              verify.data.problem
                ? t(`audit.problem.${verify.data.problem.code}`, { place: verify.data.problem.place })
                : null
            }
          />
        ) : null}
      </div>
      <Tabs
        activeKey={tab}
        onChange={(key) => change({ q: '', sort: '', filters: {}, tab: key === 'entries' ? '' : key })}
        items={tabs.map((key) => ({ key, label: t(`audit.${key}`) }))}
      />
      {tab === 'checkpoints' ? <CheckpointList /> : tab === 'witnesses' ? <WitnessList /> : <EntryList />}
    </>
  );
}

function SealButton() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const language = useLanguage();
  const { message } = App.useApp();
  const seal = useMutation({
    mutationFn: () => call(sealLog, {}),
    onSuccess: async (head) => {
      void message.success(t('audit.sealed', { size: head.size }));
      await Promise.all([
        client.invalidateQueries({ queryKey: ['audit'] }),
        client.invalidateQueries({ queryKey: ['audit-checkpoints'] }),
      ]);
    },
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
  return (
    <Button icon={<EditOutlined aria-hidden="true" />} loading={seal.isPending} onClick={() => seal.mutate()}>
      {t('audit.seal')}
    </Button>
  );
}

function ExportButton() {
  const { t } = useTranslation();
  const language = useLanguage();
  const { message } = App.useApp();
  const save = useMutation({
    mutationFn: () => download(exportLog, {}, 'audit-log.ndjson'),
    onSuccess: () => void message.success(t('audit.exported')),
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
  return (
    <Button
      icon={<DownloadOutlined aria-hidden="true" />}
      loading={save.isPending}
      onClick={() => save.mutate()}
    >
      {t('audit.export')}
    </Button>
  );
}
