import { DownloadOutlined, PrinterOutlined, ReloadOutlined, SearchOutlined } from '@ant-design/icons';
import type { UseQueryResult } from '@tanstack/react-query';
import { App, Button, Input, Select, Tooltip } from 'antd';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { saveBlob } from '../app/api.ts';
import { wordsForError } from '../app/api-error.ts';
import { useLanguage } from '../app/i18n.ts';
import type { ListSource } from '../app/list-source.ts';
import { isMore } from './count-text.ts';
import { csvText } from './csv.ts';
import { EmptyState } from './empty-state.tsx';
import { ChooseColumns } from './list-choose-columns.tsx';
import { ListExport } from './list-export.tsx';
import type { ListColumn, ListFilter, ListReply } from './list-page.tsx';
import type { ListState } from './list-state.ts';
import { ListViews } from './list-views.tsx';
import { dateOnly } from './moment.ts';

interface ListToolsProps<Row> {
  readonly name: string;
  readonly label: string;
  readonly source?: ListSource<Row>;
  readonly shown: readonly ListColumn<Row>[];
  readonly choose: ((keys: readonly string[] | null) => Promise<void>) | undefined;
  readonly isDense: boolean;
  readonly setDense: ((isDense: boolean) => Promise<void>) | undefined;
  readonly load: (state: ListState, signal: AbortSignal | undefined) => Promise<ListReply<Row>>;
  readonly columns: readonly ListColumn<Row>[];
  readonly filters?: readonly ListFilter[];
  readonly search?: string;
  readonly tools?: ReactNode;
  readonly state: ListState;
  readonly change: (next: Partial<ListState>) => void;
  readonly query: UseQueryResult<ListReply<Row>>;
}

/** Rows that an export without a `source` fetches at most; a larger one must be narrowed by a filter. */
const exportLimit = 5000;

/** Search, filters, export and reload of a list. */
export function ListTools<Row>(props: ListToolsProps<Row>) {
  const { t } = useTranslation();
  const { state, change, query } = props;
  return (
    <div className="jd-list__tools">
      {props.search === undefined ? null : (
        <SearchField label={props.search} value={state.q} onSearch={(q) => change({ q })} />
      )}
      {props.filters?.map((filter) => (
        <Select
          key={filter.key}
          aria-label={filter.label}
          placeholder={filter.label}
          allowClear
          value={state.filters[filter.key]}
          options={[...filter.options]}
          onChange={(value?: string) =>
            change({ filters: { ...state.filters, [filter.key]: value ?? '' } as Record<string, string> })
          }
        />
      ))}
      <span className="jd-list__end">
        {props.tools}
        <ListViews name={props.name} state={state} columns={props.shown.map((column) => column.key)} />
        <ChooseColumns
          columns={props.columns}
          shown={props.shown}
          choose={props.choose}
          isDense={props.isDense}
          setDense={props.setDense}
        />
        {props.source ? (
          <ListExport
            title={props.label}
            source={props.source}
            shown={props.shown}
            state={state}
            reply={query.data}
          />
        ) : (
          <ExportButton {...props} isEmpty={(query.data?.total ?? 0) === 0} />
        )}
        <Tooltip title={t('views.print')}>
          <Button
            type="text"
            aria-label={t('views.print')}
            icon={<PrinterOutlined aria-hidden="true" />}
            onClick={() => window.print()}
          />
        </Tooltip>
        <Tooltip title={t('action.reload')}>
          <Button
            type="text"
            aria-label={t('action.reload')}
            icon={<ReloadOutlined aria-hidden="true" spin={query.isFetching} />}
            onClick={() => void query.refetch()}
          />
        </Tooltip>
      </span>
    </div>
  );
}

ListTools.NothingFound = function NothingFound({ onClear }: { onClear: () => void }) {
  const { t } = useTranslation();
  return (
    <EmptyState
      icon={<SearchOutlined aria-hidden="true" />}
      title={t('list.nothingFound')}
      hint={t('list.nothingFoundHint')}
      action={<Button onClick={onClear}>{t('list.clearFilters')}</Button>}
    />
  );
};

ListTools.WrongFilter = function WrongFilter({ onClear }: { onClear: () => void }) {
  const { t } = useTranslation();
  return (
    <EmptyState
      icon={<SearchOutlined aria-hidden="true" />}
      title={t('list.wrongFilter')}
      hint={t('list.wrongFilterHint')}
      action={<Button onClick={onClear}>{t('list.clearFilters')}</Button>}
    />
  );
};

function SearchField({
  label,
  value,
  onSearch,
}: {
  label: string;
  value: string;
  onSearch: (q: string) => void;
}) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  return (
    <Input
      className="jd-list__search"
      aria-label={label}
      placeholder={label}
      allowClear
      maxLength={200}
      prefix={<SearchOutlined aria-hidden="true" />}
      value={text}
      onChange={(event) => {
        setText(event.target.value);
        if (event.target.value === '') onSearch('');
      }}
      onPressEnter={() => onSearch(text.trim())}
      onBlur={() => {
        if (text.trim() !== value) onSearch(text.trim());
      }}
    />
  );
}

function ExportButton<Row>(props: ListToolsProps<Row> & { isEmpty: boolean }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const language = useLanguage();
  const [busy, setBusy] = useState(false);

  async function run() {
    setBusy(true);
    try {
      const { rows, isCut } = await loadAll(props);
      const columns = props.columns.filter((column) => column.text !== undefined);
      const body = rows.map((row) => columns.map((column) => column.text?.(row)));
      const text = csvText(
        columns.map((column) => column.title),
        body,
      );
      saveBlob(
        new Blob([text], { type: 'text/csv;charset=utf-8' }),
        `${props.name}-${dateOnly(new Date())}.csv`,
      );
      if (isCut) void message.warning(t('list.exportCut', { count: exportLimit }));
    } catch (error) {
      void message.error(wordsForError(error)[language]);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Button
      icon={<DownloadOutlined aria-hidden="true" />}
      loading={busy}
      disabled={props.isEmpty}
      onClick={() => void run()}
    >
      {t('list.export')}
    </Button>
  );
}

async function loadAll<Row>(props: ListToolsProps<Row>): Promise<{ rows: Row[]; isCut: boolean }> {
  const rows: Row[] = [];
  for (let page = 1; rows.length < exportLimit; page += 1) {
    const reply = await props.load({ ...props.state, page, size: 100 }, undefined);
    rows.push(...reply.rows);
    if (reply.rows.length === 0 || !isMore(reply, rows.length)) return { rows, isCut: false };
  }
  return { rows: rows.slice(0, exportLimit), isCut: true };
}
