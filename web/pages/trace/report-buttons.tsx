import { FilePdfOutlined, FileWordOutlined, SafetyCertificateOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { App, Button, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { type Trace, traceBagFile, traceReportFile } from '#trace/contract';
import { download } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { useLanguage } from '../../app/i18n.ts';
import { useCan } from '../../app/session.ts';

/** The report of a trace as files, without names; every download is in the audit log. */
export function ReportButtons({ trace }: { trace: Trace }) {
  const { t } = useTranslation();
  const can = useCan();
  return (
    <Space wrap>
      <FileButton trace={trace} format="pdf" label={t('complaint.report')} />
      <FileButton trace={trace} format="docx" label={t('complaint.reportWord')} />
      {can('trace.bag') ? <BagButton trace={trace} /> : null}
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

/** What `jiaodun trace verify` works the answer out from, on a machine without this system. */
function BagButton({ trace }: { trace: Trace }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const language = useLanguage();
  const fetch = useMutation({
    mutationFn: () => download(traceBagFile, { params: { id: trace.id } }, 'trace.zip'),
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
  return (
    <Button
      icon={<SafetyCertificateOutlined aria-hidden="true" />}
      loading={fetch.isPending}
      onClick={() => fetch.mutate()}
    >
      {t('complaint.bag')}
    </Button>
  );
}
