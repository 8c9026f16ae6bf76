import { Button } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LogRow } from '#logs/contract';
import { useEnumWords } from '../../app/enum-words.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { ListCards } from '../../ui/list-cards.tsx';
import { ChooseColumns } from '../../ui/list-choose-columns.tsx';
import { useColumns, useDense } from '../../ui/list-columns.ts';
import type { ListColumn } from '../../ui/list-page.tsx';
import { useListState } from '../../ui/list-state.ts';
import { dateTime } from '../../ui/moment.ts';
import { phoneWidth, useNarrowerThan } from '../../ui/narrow.ts';
import { useFieldWords } from './field-words.ts';
import { RawRecord } from './raw-record.tsx';
import { useSourceName } from './source-name.ts';

interface NumberedRow extends LogRow {
  /** Several rows may come from one record. */
  readonly number: number;
}

interface LogRowsProps {
  readonly rows: readonly LogRow[];
  readonly onAdd: (field: string, value: string | number, not?: boolean) => void;
}

/** Rows that a search found; the raw line of one opens beside them. */
export function LogRows({ rows, onAdd }: LogRowsProps) {
  const { t } = useTranslation();
  const isPhone = useNarrowerThan(phoneWidth);
  const [opened, setOpened] = useState<LogRow>();
  const [state, change] = useListState();
  const numbered = useMemo(() => rows.map((row, number): NumberedRow => ({ ...row, number })), [rows]);
  const all = useRowColumns(rows);
  const { shown, choose } = useColumns('logs-search', all, state, change);
  const density = useDense('logs-search');
  const columns: ListColumn<NumberedRow>[] = [
    ...shown,
    {
      key: 'raw',
      title: t('list.actions'),
      render: (row) => (
        <Button size="small" onClick={() => setOpened(row)}>
          {t('logSearch.detail')}
        </Button>
      ),
    },
  ];
  return (
    <>
      <div className="jd-toolbar" style={{ justifyContent: 'flex-end', padding: '8px 16px' }}>
        <ChooseColumns columns={all} shown={shown} choose={choose} {...density} />
      </div>
      {isPhone ? (
        <ListCards columns={columns} rows={numbered} rowKey={keyOf} isDense={density.isDense} />
      ) : (
        <DataTable<NumberedRow>
          rowKey={keyOf}
          size="small"
          {...(density.isDense ? { className: 'jd-dense' } : {})}
          dataSource={numbered}
          columns={columns.map((column) => ({
            key: column.key,
            title: column.title,
            render: (_value: unknown, row: NumberedRow) => column.render(row),
          }))}
        />
      )}
      <RawRecord row={opened} onClose={() => setOpened(undefined)} onAdd={onAdd} />
    </>
  );
}

/** Time, kind, source and the whole content; each field that the rows have can be a column of its own. */
function useRowColumns(rows: readonly LogRow[]): readonly ListColumn<NumberedRow>[] {
  const { t } = useTranslation();
  const words = useEnumWords();
  const fields = useFieldWords();
  const nameOf = useSourceName();
  return useMemo(() => {
    const names = [...new Set(rows.flatMap(({ fields }) => Object.keys(fields)))].sort();
    return [
      {
        key: 'ts',
        title: t('logs.time'),
        card: 'title' as const,
        render: (row: NumberedRow) => <span className="jd-num">{dateTime(row.ts)}</span>,
      },
      { key: 'kind', title: t('logs.kind'), render: (row: NumberedRow) => words('rowKind', row.kind) },
      { key: 'source', title: t('logs.source'), render: (row: NumberedRow) => nameOf(row.source) },
      {
        key: 'fields',
        title: t('logs.content'),
        render: (row: NumberedRow) => <FieldList fields={row.fields} />,
      },
      ...names.map((name) => ({
        key: name,
        title: fields.fullNameOf(name),
        extra: true,
        render: (row: NumberedRow) => (
          <span className="jd-mono jd-break">{fields.valueOf(name, row.fields[name] ?? '')}</span>
        ),
      })),
    ];
  }, [rows, t, words, fields, nameOf]);
}

function FieldList({ fields }: { fields: LogRow['fields'] }) {
  const words = useFieldWords();
  return (
    <span className="jd-fieldlist">
      {Object.entries(fields).map(([name, value]) => (
        <span key={name} className="jd-break">
          <span className="jd-faint" title={name}>
            {words.nameOf(name)}{' '}
          </span>
          <span className="jd-mono">{words.valueOf(name, value)}</span>
        </span>
      ))}
    </span>
  );
}

function keyOf(row: NumberedRow): string {
  return `${row.segment}.${row.seq}.${row.number}`;
}
