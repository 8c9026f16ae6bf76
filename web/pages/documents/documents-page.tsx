import { InboxOutlined } from '@ant-design/icons';
import { Button, Upload } from 'antd';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { checkDocument } from '#watch/contract';
import { type RouteReply, upload } from '../../app/api.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { FileReport, isTooLarge } from './file-report.tsx';

export interface CheckedFile {
  readonly id: number;
  readonly file: File;
  readonly report?: RouteReply<typeof checkDocument>;
  readonly error?: unknown;
}

/** Files are checked one after the other; what was found lives in this page only. */
export function DocumentsPage() {
  const { t } = useTranslation();
  const [files, setFiles] = useState<readonly CheckedFile[]>([]);
  const line = useRef<Promise<void>>(Promise.resolve());
  const next = useRef(0);

  function add(file: File) {
    next.current += 1;
    const one = { id: next.current, file };
    setFiles((known) => [one, ...known]);
    // Not sent: the server would refuse it after fifty megabytes.
    if (!isTooLarge(file)) check(one);
  }

  function check({ id, file }: CheckedFile) {
    const settle = (result: Pick<CheckedFile, 'report' | 'error'>) =>
      setFiles((known) => known.map((one) => (one.id === id ? { id, file, ...result } : one)));
    settle({});
    line.current = line.current.then(async () => {
      try {
        settle({ report: await upload(checkDocument, { query: { fileName: file.name } }, file) });
      } catch (error) {
        settle({ error });
      }
    });
  }

  return (
    <>
      <PageHeader
        title={t('documents.title')}
        description={t('documents.hint')}
        actions={
          files.length > 0 ? <Button onClick={() => setFiles([])}>{t('documents.clear')}</Button> : null
        }
      />
      {/* Its wrapper is as high as its parent: here that would be the window. */}
      <div>
        <Upload.Dragger
          multiple
          showUploadList={false}
          beforeUpload={(file) => {
            add(file);
            return false;
          }}
        >
          <p aria-hidden="true" style={{ fontSize: 32, margin: 0 }}>
            <InboxOutlined />
          </p>
          <p style={{ fontWeight: 600, margin: '4px 0' }}>{t('documents.drop')}</p>
          <p className="jd-faint" style={{ margin: 0, padding: '0 12px' }}>
            {t('documents.dropHint')}
          </p>
        </Upload.Dragger>
      </div>
      <div aria-live="polite" style={{ marginTop: 16 }}>
        {files.length === 0 ? (
          <EmptyState title={t('documents.empty')} hint={t('documents.emptyHint')} />
        ) : (
          files.map((one) => <FileReport key={one.id} checked={one} onRetry={() => check(one)} />)
        )}
      </div>
    </>
  );
}
