import { UploadOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Upload } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { format, ingest } from '#logs/contract';
import { type RouteReply, upload } from '../../app/api.ts';
import { ApiError } from '../../app/api-error.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';

/** Imports a log file: sealed and hashed first, then parsed. */
export function IngestButton() {
  const { t } = useTranslation();
  return (
    <FormDrawer label={t('logs.ingest')} icon={<UploadOutlined aria-hidden="true" />}>
      {() => <IngestForm />}
    </FormDrawer>
  );
}

function IngestForm() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [file, setFile] = useState<File>();
  const [reply, setReply] = useState<RouteReply<typeof ingest>>();
  return (
    <>
      <p className="jd-faint">{t('logs.ingestHint')}</p>
      <Upload
        maxCount={1}
        beforeUpload={(chosen) => {
          setFile(chosen);
          setReply(undefined);
          return false;
        }}
        onRemove={() => setFile(undefined)}
      >
        <Button icon={<UploadOutlined aria-hidden="true" />}>{t('logs.ingestFile')}</Button>
      </Upload>
      <div style={{ marginTop: 16 }}>
        <SchemaForm
          schema={ingest.query!}
          initial={{ format: 'auto' }}
          fields={{
            source: { label: t('logs.ingestSource'), example: 'school-001-gateway' },
            format: {
              label: t('logs.ingestFormat'),
              options: format.options.map((value) => ({ value, label: value })),
            },
          }}
          submitLabel={t('logs.ingest')}
          onSubmit={async (query) => {
            const words = { zh: t('logs.ingestNoFile'), en: t('logs.ingestNoFile') };
            if (file === undefined) throw new ApiError(400, 'web.no_file', words);
            setReply(await upload(ingest, { query }, file));
            await client.invalidateQueries({ queryKey: ['logs', 'list'] });
          }}
        />
      </div>
      {reply === undefined ? null : (
        <Alert
          style={{ marginTop: 16 }}
          showIcon
          type={reply.already ? 'info' : 'success'}
          title={
            reply.already
              ? t('logs.ingestAlready')
              : t('logs.ingested', { records: reply.records, segments: reply.segments.length })
          }
          description={reply.cut > 0 ? t('logs.ingestCut', { count: reply.cut }) : null}
        />
      )}
    </>
  );
}
