import { PlusOutlined } from '@ant-design/icons';
import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { registerSource } from '#logs/contract';
import { call } from '../../app/api.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useCan } from '../../app/session.ts';
import { useListState } from '../../ui/list-state.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { DropFolderList } from './drop-folder-list.tsx';
import { IngestButton } from './ingest-button.tsx';
import { ReceiversPanel } from './receivers-panel.tsx';
import { useSourceDone } from './source-acts.tsx';
import { SourceForm } from './source-form.tsx';
import { SourceList } from './source-list.tsx';
import { UploadList } from './upload-list.tsx';

/** Log sources: registered ones, and senders that nobody has registered yet. */
export function SourcesPage() {
  const { t } = useTranslation();
  const can = useCan();
  const [state, change] = useListState();
  return (
    <>
      <PageHeader
        title={t('logs.sources')}
        description={t('logSources.registerHint')}
        actions={
          <>
            {can('logs.ingest') ? <IngestButton /> : null}
            {can('logs.sources') ? <RegisterSource /> : null}
          </>
        }
      />
      <Tabs
        activeKey={tabs.includes(state.tab) ? state.tab : ''}
        onChange={(tab) => change({ q: '', sort: '', filters: {}, tab })}
        items={[
          { key: '', label: t('logs.sources') },
          { key: 'receivers', label: t('logSources.receivers') },
          { key: 'folders', label: t('logFiles.folders') },
          ...(can('logs.ingest') ? [{ key: 'uploads', label: t('logFiles.uploads') }] : []),
        ]}
      />
      <Shown tab={can('logs.ingest') || state.tab !== 'uploads' ? state.tab : ''} />
    </>
  );
}

const tabs: readonly string[] = ['receivers', 'folders', 'uploads'];

function Shown({ tab }: { tab: string }) {
  if (tab === 'receivers') return <ReceiversPanel />;
  if (tab === 'folders') return <DropFolderList />;
  if (tab === 'uploads') return <UploadList />;
  return <SourceList />;
}

function RegisterSource() {
  const { t } = useTranslation();
  const done = useSourceDone();
  return (
    <FormDrawer label={t('logSources.register')} type="primary" icon={<PlusOutlined aria-hidden="true" />}>
      {(close) => (
        <SourceForm
          initial={{}}
          draft="logs.source"
          submitLabel={t('logSources.register')}
          extra={t('logSources.registerHint')}
          onSubmit={async (body) => {
            await call(registerSource, { body });
            close();
            await done(t('logSources.registered'));
          }}
        />
      )}
    </FormDrawer>
  );
}
