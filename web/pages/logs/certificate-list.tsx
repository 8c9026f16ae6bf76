import { SafetyCertificateOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { App, Button, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { getCertificate, getCertificatePdf, issueCertificate, listCertificates } from '#logs/contract';
import { call, download, saveBlob } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { listSource } from '../../app/list-source.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';

const tones = { met: 'ok', growing: 'neutral', short: 'danger', none: 'warn' } as const;

/** Certificates of retention: issued for an inspection, signed, to print. */
export function CertificateList() {
  const { t } = useTranslation();
  const words = useEnumWords();
  return (
    <ListPage
      name="logCertificates"
      label={t('logLedger.certificates')}
      search={t('list.search')}
      source={listSource(listCertificates)}
      rowKey={(row) => row.id}
      tools={<IssueButton />}
      columns={[
        { key: 'unitName', title: t('logLedger.certUnit'), card: 'title', render: (row) => row.unitName },
        {
          key: 'issuedAt',
          title: t('logLedger.issuedAt'),
          render: (row) => <span className="jd-num">{dateMinute(row.issuedAt)}</span>,
        },
        { key: 'issuedBy', title: t('logLedger.issuedBy'), render: (row) => row.issuedBy },
        {
          key: 'sources',
          title: t('logLedger.sources'),
          render: (row) => <span className="jd-num">{row.sources}</span>,
        },
        {
          key: 'met',
          title: t('logLedger.state'),
          render: (row) => (
            <StatusTag tone={tones[row.state]}>{words('retentionState', row.state)}</StatusTag>
          ),
          text: (row) => words('retentionState', row.state),
        },
        {
          key: 'files',
          title: t('logLedger.pdf'),
          render: (row) => <Files id={row.id} name={row.unitName} />,
        },
      ]}
      empty={<EmptyState title={t('logLedger.noCertificates')} hint={t('logLedger.noCertificatesHint')} />}
    />
  );
}

function Files({ id, name }: { id: string; name: string }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { message } = App.useApp();
  const tell = (error: unknown) => void message.error(wordsForError(error)[language]);
  const pdf = () => download(getCertificatePdf, { params: { id } }, `log-retention-${id}.pdf`);
  const json = async () => {
    const signed = await call(getCertificate, { params: { id } });
    saveBlob(new Blob([JSON.stringify(signed)], { type: 'application/json' }), `log-retention-${id}.json`);
  };
  return (
    <Space wrap>
      <Button
        size="small"
        aria-label={`${t('logLedger.pdf')} ${name}`}
        onClick={() => void pdf().catch(tell)}
      >
        PDF
      </Button>
      <Button size="small" aria-label={`JSON ${name}`} onClick={() => void json().catch(tell)}>
        JSON
      </Button>
    </Space>
  );
}

function IssueButton() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  return (
    <FormDrawer
      type="primary"
      label={t('logLedger.issue')}
      icon={<SafetyCertificateOutlined aria-hidden="true" />}
    >
      {(close) => (
        <SchemaForm
          schema={issueCertificate.body!}
          fields={{ unitId: { label: t('logLedger.issueUnit'), widget: 'unit' } }}
          extra={t('logLedger.issueHint')}
          submitLabel={t('logLedger.issue')}
          onSubmit={async (body) => {
            await call(issueCertificate, { body });
            close();
            void message.success(t('logLedger.issued'));
            await client.invalidateQueries({ queryKey: ['logCertificates'] });
          }}
        />
      )}
    </FormDrawer>
  );
}
