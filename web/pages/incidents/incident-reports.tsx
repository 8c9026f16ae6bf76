import { FilePdfOutlined, FileWordOutlined } from '@ant-design/icons';
import { App, Button, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getReportFile } from '#incidents/contract';
import { download } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { useEnumWords } from '../../app/enum-words.ts';
import { useLanguage } from '../../app/i18n.ts';
import { toneOf } from '../../app/tones.ts';
import { HashText } from '../../ui/hash-text.tsx';
import { dateTime } from '../../ui/moment.ts';
import { Facts, Panel } from '../../ui/panel.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import { Timeline } from '../../ui/timeline.tsx';
import type { Detail } from './incident-types.ts';

type Report = Detail['reports'][number];

/** Each report with its files and how far it got. */
export function IncidentReports({ incident }: { incident: Detail }) {
  const { t } = useTranslation();
  return (
    <Panel title={t('incidents.reports')}>
      {incident.reports.length === 0 ? <p className="jd-faint">{t('incidents.reportsNone')}</p> : null}
      {incident.reports.map((report, index) => (
        <div
          key={report.id}
          style={index === 0 ? {} : { marginTop: 16, paddingTop: 16, borderTop: '1px solid var(--jd-line)' }}
        >
          <ReportView report={report} incident={incident} />
        </div>
      ))}
    </Panel>
  );
}

function ReportView({ report, incident }: { report: Report; incident: Detail }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  return (
    <>
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: 8, alignItems: 'center', marginBottom: 8 }}>
        <strong>{words('addressee', report.to)}</strong>
        <EnumTag name="receiptLevel" value={report.level} />
        {report.late ? <StatusTag tone="danger">{t('incidents.late')}</StatusTag> : null}
        <span style={{ marginInlineStart: 'auto' }}>
          <ReportFiles report={report} incident={incident} />
        </span>
      </div>
      <Facts
        small
        items={[
          [t('messages.to'), report.recipient],
          ['PDF SHA-256', <HashText key="pdf" hash={report.pdfSha256} />],
          ['DOCX SHA-256', <HashText key="docx" hash={report.docxSha256} />],
        ]}
      />
      <div style={{ marginTop: 14 }}>
        <Timeline
          items={report.receipts.map((receipt) => ({
            key: `${receipt.level}${receipt.at}`,
            at: receipt.at,
            tone: toneOf('receiptLevel', receipt.level),
            title: words('receiptLevel', receipt.level),
            body: receipt.detail,
          }))}
        />
      </div>
    </>
  );
}

function ReportFiles({ report, incident }: { report: Report; incident: Detail }) {
  const { message } = App.useApp();
  const language = useLanguage();
  const words = useEnumWords();
  const [busy, setBusy] = useState<string>();

  async function save(format: 'docx' | 'pdf') {
    setBusy(format);
    try {
      const params = { id: incident.id, reportId: report.id, format };
      await download(getReportFile, { params }, `${incident.number}-${report.to}.${format}`);
    } catch (error) {
      void message.error(wordsForError(error)[language]);
    } finally {
      setBusy(undefined);
    }
  }

  const about = `${words('addressee', report.to)} ${dateTime(report.composedAt)}`;
  return (
    <Space>
      <Button
        size="small"
        icon={<FilePdfOutlined aria-hidden="true" />}
        loading={busy === 'pdf'}
        aria-label={`PDF ${about}`}
        onClick={() => void save('pdf')}
      >
        PDF
      </Button>
      <Button
        size="small"
        icon={<FileWordOutlined aria-hidden="true" />}
        loading={busy === 'docx'}
        aria-label={`DOCX ${about}`}
        onClick={() => void save('docx')}
      >
        DOCX
      </Button>
    </Space>
  );
}
