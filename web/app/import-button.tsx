import { DownloadOutlined, InboxOutlined, UploadOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Drawer, Space, Upload } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ImportReply, Route, SheetSpec } from '#base/contract';
import { getErrorWorkbook, getTemplate } from '#units/contract';
import { DataTable } from '../ui/data-table.tsx';
import { ErrorView } from '../ui/error-view.tsx';
import { phoneWidth, useNarrowerThan } from '../ui/narrow.ts';
import { StatusTag } from '../ui/status-tag.tsx';
import { download, type RouteInput, upload } from './api.ts';
import { wordsForError } from './api-error.ts';
import { useLanguage } from './i18n.ts';
import { rowsText, splitErrors } from './import-follows.ts';
import { listComma } from './punctuation.ts';

interface ImportButtonProps {
  readonly target: Route;
  readonly spec: SheetSpec;
  /** Cache keys that an import makes old. */
  readonly touches: readonly string[];
}

/** Import of .xlsx or .csv: template, upload, and the result with each rejected row, column and reason. */
export function ImportButton({ target, spec, touches }: ImportButtonProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const isPhone = useNarrowerThan(phoneWidth);
  const [isOpen, setOpen] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const [reply, setReply] = useState<ImportReply>();

  async function send(file: File) {
    setFailure(undefined);
    setReply(undefined);
    setBusy(true);
    try {
      const input = { query: { fileName: file.name } } as unknown as RouteInput<Route>;
      setReply((await upload(target, input, file)) as ImportReply);
      for (const key of touches) void client.invalidateQueries({ queryKey: [key] });
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <>
      <Button icon={<UploadOutlined aria-hidden="true" />} onClick={() => setOpen(true)}>
        {t('import.button')}
      </Button>
      <Drawer
        open={isOpen}
        onClose={() => setOpen(false)}
        size={isPhone ? '100%' : 640}
        title={t('import.title', { what: spec.zh })}
        destroyOnHidden
      >
        <ol className="jd-soft" style={{ paddingInlineStart: 20, lineHeight: 2 }}>
          <li>
            {t('import.step1')}{' '}
            <Button
              size="small"
              icon={<DownloadOutlined aria-hidden="true" />}
              onClick={() => void saveTemplate(spec)}
            >
              {t('import.template')}
            </Button>
          </li>
          <li>{t('import.step2')}</li>
          <li>{t('import.step3')}</li>
        </ol>
        <Upload.Dragger
          height={170}
          accept=".xlsx,.csv"
          multiple={false}
          showUploadList={false}
          disabled={isBusy}
          beforeUpload={(file) => {
            void send(file);
            return false;
          }}
        >
          <p style={{ fontSize: 30, margin: '8px 0', color: 'var(--jd-brand)' }}>
            <InboxOutlined aria-hidden="true" />
          </p>
          <p>{isBusy ? t('import.busy') : t('import.drop')}</p>
          <p className="jd-faint">{t('import.formats')}</p>
        </Upload.Dragger>
        <div style={{ marginTop: 20 }} aria-live="polite">
          {failure === undefined ? null : <ErrorView error={failure} />}
          {reply === undefined ? null : <ImportResult reply={reply} spec={spec} />}
        </div>
      </Drawer>
    </>
  );
}

function ImportResult({ reply, spec }: { reply: ImportReply; spec: SheetSpec }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { message } = App.useApp();
  const titles = new Map(spec.fields.map((field) => [field.key, language === 'zh' ? field.zh : field.en]));
  const workbook = reply.errorWorkbook;
  const { faults, following } = splitErrors(reply.errors);

  async function saveWorkbook(id: string) {
    try {
      await download(getErrorWorkbook, { params: { id } }, `${spec.kind}-errors.xlsx`);
    } catch (error) {
      void message.error(wordsForError(error)[language]);
    }
  }

  return (
    <>
      <Space wrap style={{ marginBottom: 12 }}>
        <StatusTag tone="ok">{t('import.accepted', { count: reply.accepted })}</StatusTag>
        <StatusTag tone={reply.rejected > 0 ? 'danger' : 'neutral'}>
          {t('import.rejected', { count: reply.rejected })}
        </StatusTag>
        {workbook === null ? null : (
          <Button
            type="primary"
            icon={<DownloadOutlined aria-hidden="true" />}
            onClick={() => void saveWorkbook(workbook)}
          >
            {t('import.errorWorkbook')}
          </Button>
        )}
      </Space>
      <ImportNotes reply={reply} />
      {reply.errors.length === 0 ? (
        <p className="jd-faint">{t('import.allGood')}</p>
      ) : (
        <DataTable
          size="small"
          rowKey={(row) => `${row.row}.${row.column}.${row.code}`}
          dataSource={faults}
          pagination={{ pageSize: 20, hideOnSinglePage: true, showSizeChanger: false }}
          columns={[
            { title: t('import.row'), dataIndex: 'row', width: 70 },
            {
              title: t('import.column'),
              dataIndex: 'column',
              render: (key: string) => titles.get(key) ?? key,
            },
            { title: t('import.reason'), dataIndex: 'message' },
          ]}
        />
      )}
      {following.map(({ cause, rows }) => (
        <p key={cause} className="jd-faint jd-break">
          {t('import.follows', { cause, count: rows.length, rows: rowsText(rows, listComma()) })}
        </p>
      ))}
    </>
  );
}

/** What became of the accepted rows, and what of the file was not read: nothing is dropped in silence. */
function ImportNotes({ reply }: { reply: ImportReply }) {
  const { t } = useTranslation();
  const skipped = reply.skippedRows ?? [];
  const unread = [
    ...((reply.unknownColumns ?? []).length > 0
      ? [t('import.unknownColumns', { names: reply.unknownColumns!.join(listComma()) })]
      : []),
    ...((reply.otherSheets ?? []).length > 0
      ? [t('import.otherSheets', { names: reply.otherSheets!.join(listComma()) })]
      : []),
  ];
  return (
    <>
      {reply.created === undefined ? null : (
        <p>
          {[
            t('import.created', { count: reply.created }),
            t('import.updated', { count: reply.updated ?? 0 }),
            t('import.unchanged', { count: reply.unchanged ?? 0 }),
          ].join(' · ')}
        </p>
      )}
      {unread.map((text) => (
        <Alert key={text} type="warning" showIcon title={text} style={{ marginBottom: 8 }} />
      ))}
      {skipped.length === 0 ? null : (
        <p className="jd-faint">
          {t('import.skipped', {
            count: skipped.length,
            rows: skipped.map((one) => one.row).join(listComma()),
          })}
        </p>
      )}
    </>
  );
}

type Kind = RouteInput<typeof getTemplate>['params'] extends { kind: infer K } ? K : never;

/** The workbook has drop-downs and a note at each column. */
function saveTemplate(spec: SheetSpec): Promise<void> {
  const input = { params: { kind: spec.kind as Kind }, query: { format: 'xlsx' as const } };
  return download(getTemplate, input, `${spec.zh}-导入模板.xlsx`);
}
