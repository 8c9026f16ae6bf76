import { ExportOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import { requestLogExport } from '#logs/contract';
import { call } from '../../app/api.ts';
import { CaseNoteOfForm } from '../../app/case-note.tsx';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import type { LogFilter } from './log-search.tsx';

/** Takes the result of the search out as a sealed bag. */
export function ExportButton({ filter }: { filter: LogFilter }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  return (
    <FormDrawer label={t('logSearch.export')} icon={<ExportOutlined aria-hidden="true" />}>
      {(close) => (
        <SchemaForm
          schema={requestLogExport.body!.omit({ query: true })}
          initial={{ names: 'sealed' }}
          fields={{
            names: {
              label: t('logSearch.exportNames'),
              options: [
                { value: 'sealed', label: t('logSearch.exportSealed') },
                { value: 'open', label: t('logSearch.exportOpen') },
              ],
            },
            caseNo: { label: t('logSearch.caseNo'), help: <CaseNoteOfForm /> },
            reason: { label: t('logSearch.reason'), widget: 'textarea' },
          }}
          extra={t('logSearch.exportHint')}
          submitLabel={t('logSearch.export')}
          onCancel={close}
          onSubmit={async (given) => {
            await call(requestLogExport, { body: { ...given, query: filter } });
            await client.invalidateQueries({ queryKey: ['log-exports'] });
            void message.success(t('logSearch.exportSent'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}
