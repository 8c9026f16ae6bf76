import { EditOutlined, StopOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { changeSource, type LogSource, resumeSource, retireSource } from '#logs/contract';
import { call } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { useCan } from '../../app/session.ts';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { changeOf, formOf, SourceForm } from './source-form.tsx';

/** Says that it is done and fetches sources again. */
export function useSourceDone() {
  const client = useQueryClient();
  const { message } = App.useApp();
  return (words: string) => {
    void message.success(words);
    return client.invalidateQueries({ queryKey: ['logs'] });
  };
}

/** What may be done with a source in its state. */
export function SourceActs({ source }: { source: LogSource }) {
  const can = useCan();
  if (!can('logs.sources')) return null;
  return (
    <Space wrap>
      {source.state === 'active' ? <EditSource source={source} /> : null}
      {source.state === 'retired' ? <ResumeSource source={source} /> : <RetireSource source={source} />}
    </Space>
  );
}

function EditSource({ source }: { source: LogSource }) {
  const { t } = useTranslation();
  const done = useSourceDone();
  return (
    <FormDrawer label={t('logSources.edit')} icon={<EditOutlined aria-hidden="true" />}>
      {(close) => (
        <SourceForm
          initial={formOf(source)}
          submitLabel={t('logSources.edit')}
          extra={t('logSources.editHint')}
          onSubmit={async (body) => {
            await call(changeSource, { params: { id: source.id }, body: changeOf(body) });
            close();
            await done(t('logSources.saved'));
          }}
        />
      )}
    </FormDrawer>
  );
}

function RetireSource({ source }: { source: LogSource }) {
  const { t } = useTranslation();
  const done = useSourceDone();
  const isQuarantined = source.state === 'quarantined';
  const label = isQuarantined ? t('logSources.dismiss') : t('logSources.retire');
  return (
    <FormDrawer label={label} danger icon={<StopOutlined aria-hidden="true" />}>
      {(close) => (
        <SchemaForm
          schema={retireSource.body!}
          fields={{ reason: { label: t('logSources.reason'), widget: 'textarea' } }}
          danger
          extra={isQuarantined ? t('logSources.dismissHint') : t('logSources.retireHint')}
          submitLabel={label}
          onSubmit={async (body) => {
            await call(retireSource, { params: { id: source.id }, body });
            close();
            await done(t('logSources.retired'));
          }}
        />
      )}
    </FormDrawer>
  );
}

function ResumeSource({ source }: { source: LogSource }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const done = useSourceDone();
  const { message } = App.useApp();
  const resume = useMutation({
    mutationFn: () => call(resumeSource, { params: { id: source.id } }),
    onSuccess: () => done(t('logSources.resumed')),
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
  return (
    <Button loading={resume.isPending} onClick={() => resume.mutate()}>
      {t('logSources.resume')}
    </Button>
  );
}
