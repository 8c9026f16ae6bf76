import { UploadOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Checkbox, Upload } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { format, ingest } from '#logs/contract';
import { type RouteInput, type RouteReply, upload } from '../../app/api.ts';
import { ApiError } from '../../app/api-error.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { TakenLines } from './taken-lines.tsx';

/** Whether to seal what nobody can read is asked by a box, not by a field of text. */
const fields = (ingest.query as z.ZodObject).omit({ anyway: true });

type Query = NonNullable<RouteInput<typeof ingest>['query']>;

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
  const [isAnyway, setAnyway] = useState(false);
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
          schema={fields}
          initial={{ format: 'auto' }}
          fields={{
            source: { label: t('logs.ingestSource'), example: 'school-001-gateway' },
            format: {
              label: t('logs.ingestFormat'),
              options: format.options.map((value) => ({ value, label: value })),
            },
          }}
          extra={
            <Checkbox checked={isAnyway} onChange={({ target }) => setAnyway(target.checked)}>
              {t('logFiles.anyway')}
            </Checkbox>
          }
          submitLabel={t('logs.ingest')}
          onSubmit={async (query) => {
            const words = { zh: t('logs.ingestNoFile'), en: t('logs.ingestNoFile') };
            if (file === undefined) throw new ApiError(400, 'web.no_file', words);
            setReply(
              await upload(
                ingest,
                { query: { ...query, ...(isAnyway && { anyway: 'true' }) } as Query },
                file,
              ),
            );
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
          description={
            <>
              {reply.cut > 0 ? t('logs.ingestCut', { count: reply.cut }) : null}
              <TakenLines segments={reply.segments} />
            </>
          }
        />
      )}
    </>
  );
}
