import { DownloadOutlined } from '@ant-design/icons';
import { App, Button, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import {
  downloadExport,
  type ExportColumn,
  exportAtOnce,
  exportRequest,
  exportWithReason,
  requestExport,
} from '#auth/contract';
import { call, download } from '../app/api.ts';
import { useLanguage } from '../app/i18n.ts';
import { toListQuery } from '../app/list-query.ts';
import type { ListSource } from '../app/list-source.ts';
import { fieldOf } from './list-columns.ts';
import type { ListColumn, ListReply } from './list-page.tsx';
import type { ListState } from './list-state.ts';
import { SchemaForm } from './schema-form.tsx';

interface ListExportProps<Row> {
  readonly title: string;
  readonly source: ListSource<Row>;
  readonly shown: readonly ListColumn<Row>[];
  readonly state: ListState;
  readonly reply: ListReply<Row> | undefined;
}

/** Takes the whole filtered list out as a file, written by the server. */
export function ListExport<Row>(props: ListExportProps<Row>) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button
        icon={<DownloadOutlined aria-hidden="true" />}
        disabled={(props.reply?.total ?? 0) === 0}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        {t('list.export')}
      </Button>
      <Modal
        open={isOpen}
        title={t('exporting.title', { title: props.title })}
        footer={null}
        destroyOnHidden
        onCancel={() => setOpen(false)}
      >
        {isOpen ? <ExportForm {...props} onDone={() => setOpen(false)} /> : null}
      </Modal>
    </>
  );
}

const asked = exportRequest.pick({ format: true, reason: true });
const askedWithReason = asked.extend({ reason: z.string().trim().min(4).max(200) });

function ExportForm<Row>(props: ListExportProps<Row> & { onDone: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const language = useLanguage();
  const columns = useExportColumns(props.source, props.shown);
  const { total = 0, capped = false } = props.reply ?? {};
  const needsReason = total > exportWithReason;

  async function run(form: z.input<typeof asked>) {
    const made = await call(requestExport, {
      body: {
        ...form,
        list: props.source.route.path,
        query: textQuery({
          ...toListQuery(props.state, props.source.known, props.source.route),
          ...props.source.fixed,
        }),
        title: props.title,
        columns,
        language,
      },
    });
    if (made.state === 'ready') {
      await download(downloadExport, { params: { id: made.id } }, `${made.title}.${made.format}`);
      void message.success(t('exporting.done', { rows: made.rows }));
    } else void message.info(t('exporting.queued'));
    props.onDone();
  }

  return (
    <>
      <p>{t(capped ? 'exporting.rowsMore' : 'exporting.rows', { count: total })}</p>
      {capped || total > exportAtOnce ? <p>{t('exporting.job', { limit: exportAtOnce })}</p> : null}
      <p className="jd-faint">{t('exporting.mark')}</p>
      <SchemaForm
        schema={needsReason ? askedWithReason : asked}
        initial={{ format: 'xlsx' }}
        fields={{
          format: {
            label: t('exporting.format'),
            options: asked.shape.format.unwrap().options.map((value) => ({
              value,
              label: t(`exporting.${value}`),
            })),
          },
          reason: {
            label: t('exporting.reason'),
            help: t('exporting.reasonHelp', { limit: exportWithReason }),
            example: t('exporting.reasonExample'),
          },
        }}
        submitLabel={t('exporting.run')}
        onCancel={props.onDone}
        onSubmit={run}
      />
    </>
  );
}

/** The shown columns as the server knows them: field, title, words of coded values. */
function useExportColumns<Row>(source: ListSource<Row>, shown: readonly ListColumn<Row>[]): ExportColumn[] {
  const { i18n } = useTranslation();
  return shown.flatMap((column) => {
    const field = fieldOf(column, source.route.reply);
    if (field === undefined) return [];
    const words =
      typeof column.coded === 'string'
        ? i18n.getResource(i18n.language, 'words', `enums.${column.coded}`)
        : column.coded;
    return [{ field, title: column.title, ...(words ? { words } : {}) }];
  });
}

/** A query as its address has it: text, without what the list's page alone needs. */
function textQuery(query: Readonly<Record<string, unknown>>): Record<string, string> {
  const { page: _page, pageSize: _size, ...rest } = query;
  const known = Object.entries(rest).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(known.map(([name, value]) => [name, String(value)]));
}
