import { FilePdfOutlined, FileWordOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { App, Button, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { type Trace, traceReportFile } from '#trace/contract';
import { download } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { useLanguage } from '../../app/i18n.ts';

/** The report of a trace as files, without names; every download is in the audit log. */
export function ReportButtons({ trace }: { trace: Trace }) {
  const { t } = useTranslation();
  return (
    <Space wrap>
      <FileButton trace={trace} format="pdf" label={t('complaint.report')} />
      <FileButton trace={trace} format="docx" label={t('complaint.reportWord')} />
    </Space>
  );
}

function FileButton({ trace, format, label }: { trace: Trace; format: 'pdf' | 'docx'; label: string }) {
  const { message } = App.useApp();
  const language = useLanguage();
  const fetch = useMutation({
    mutationFn: () => download(traceReportFile, { params: { id: trace.id, format } }, `trace.${format}`),
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
  return (
    <Button
      type={format === 'pdf' ? 'primary' : 'default'}
      icon={
        format === 'pdf' ? <FilePdfOutlined aria-hidden="true" /> : <FileWordOutlined aria-hidden="true" />
      }
      loading={fetch.isPending}
      onClick={() => fetch.mutate()}
    >
      {label}
    </Button>
  );
}
