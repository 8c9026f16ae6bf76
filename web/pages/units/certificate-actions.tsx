import { DownloadOutlined, UploadOutlined } from '@ant-design/icons';
import { App, Button, Space, Upload } from 'antd';
import { useTranslation } from 'react-i18next';
import {
  type Certificate,
  downloadScan,
  uploadScan,
  verifyCertificate,
  withdrawCertificate,
} from '#units/contract';
import { call, download, upload } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { inBrackets } from '../../app/punctuation.ts';
import { useCan } from '../../app/session.ts';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { useRefreshPeople } from './person-posts.tsx';

/** How long a certificate holds, in words. */
export function useTermText() {
  const { t } = useTranslation();
  return (one: Certificate) => {
    if (one.expiresOn === null || one.daysLeft === null) return t('posts.noExpiry');
    const left =
      one.daysLeft > 0
        ? t('posts.daysLeft', { count: one.daysLeft })
        : t('posts.daysOver', { count: -one.daysLeft });
    return `${one.expiresOn}${inBrackets(left)}`;
  };
}

/** Scan, verification by a second person, withdrawal. */
export function CertificateActions({ certificate }: { certificate: Certificate }) {
  const can = useCan();
  const isOpen = certificate.verifiedBy === null && certificate.state !== 'withdrawn';
  return (
    <Space wrap size={4}>
      <ScanButtons certificate={certificate} canReplace={can('people.write') && isOpen} />
      {can('certificates.verify') && isOpen ? <VerifyButton id={certificate.id} /> : null}
      {can('people.write') && certificate.state !== 'withdrawn' ? (
        <WithdrawButton id={certificate.id} />
      ) : null}
    </Space>
  );
}

function ScanButtons({ certificate, canReplace }: { certificate: Certificate; canReplace: boolean }) {
  const { t } = useTranslation();
  const refresh = useRefreshPeople();
  const language = useLanguage();
  const { message } = App.useApp();
  async function send(file: File) {
    try {
      await upload(uploadScan, { params: { id: certificate.id } }, file);
      await refresh();
      void message.success(t('posts.scanSaved'));
    } catch (error) {
      void message.error(wordsForError(error)[language]);
    }
  }
  return (
    <>
      {certificate.hasScan ? (
        <Button
          size="small"
          icon={<DownloadOutlined aria-hidden="true" />}
          onClick={() => {
            void download(downloadScan, { params: { id: certificate.id } }, 'certificate').catch(
              (error: unknown) => message.error(wordsForError(error)[language]),
            );
          }}
        >
          {t('posts.scanDownload')}
        </Button>
      ) : null}
      {canReplace ? (
        <Upload
          showUploadList={false}
          accept=".pdf,.jpg,.jpeg,.png"
          beforeUpload={(file) => {
            void send(file);
            return false;
          }}
        >
          <Button size="small" icon={<UploadOutlined aria-hidden="true" />} title={t('posts.scanHelp')}>
            {certificate.hasScan ? t('posts.scanReplace') : t('posts.scanUpload')}
          </Button>
        </Upload>
      ) : null}
    </>
  );
}

function VerifyButton({ id }: { id: string }) {
  const { t } = useTranslation();
  const refresh = useRefreshPeople();
  const { message } = App.useApp();
  return (
    <FormDrawer label={t('posts.verify')} title={t('posts.verifyTitle')} size="small">
      {(close) => (
        <SchemaForm
          schema={verifyCertificate.body!}
          initial={{ genuine: false }}
          fields={{
            genuine: { label: t('posts.verifyGenuine') },
            reason: { label: t('posts.reason'), help: t('posts.verifyHelp') },
          }}
          submitLabel={t('posts.verify')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(verifyCertificate, { params: { id }, body });
            await refresh();
            void message.success(t('posts.verified'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}

function WithdrawButton({ id }: { id: string }) {
  const { t } = useTranslation();
  const refresh = useRefreshPeople();
  const { message } = App.useApp();
  return (
    <FormDrawer label={t('posts.withdraw')} size="small" type="link">
      {(close) => (
        <SchemaForm
          schema={withdrawCertificate.body!}
          fields={{ reason: { label: t('posts.reason') } }}
          submitLabel={t('posts.withdraw')}
          danger
          onCancel={close}
          onSubmit={async (body) => {
            await call(withdrawCertificate, { params: { id }, body });
            await refresh();
            void message.success(t('posts.withdrawn'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}
