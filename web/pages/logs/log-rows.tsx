import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LogRow } from '#logs/contract';
import { useEnumWords } from '../../app/enum-words.ts';
import { useCan } from '../../app/session.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { ListCards } from '../../ui/list-cards.tsx';
import type { ListColumn } from '../../ui/list-page.tsx';
import { dateTime } from '../../ui/moment.ts';
import { phoneWidth, useNarrowerThan } from '../../ui/narrow.ts';
import { RawRecord } from './raw-record.tsx';

/** Rows that a search found; the raw line of one opens beside them. */
export function LogRows({ rows }: { rows: readonly LogRow[] }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const can = useCan();
  const isPhone = useNarrowerThan(phoneWidth);
  const [opened, setOpened] = useState<LogRow>();
  const columns: ListColumn<LogRow>[] = [
    {
      key: 'ts',
      title: t('logs.time'),
      card: 'title',
      render: (row) => <span className="jd-num">{dateTime(row.ts)}</span>,
    },
    { key: 'kind', title: t('logs.kind'), render: (row) => words('rowKind', row.kind) },
    { key: 'source', title: t('logs.source'), render: (row) => row.source },
    { key: 'fields', title: t('logs.content'), render: (row) => <FieldList fields={row.fields} /> },
  ];
  if (can('logs.read_raw')) {
    columns.push({
      key: 'raw',
      title: t('list.actions'),
      render: (row) => (
        <Button size="small" onClick={() => setOpened(row)}>
          {t('logs.raw')}
        </Button>
      ),
    });
  }
  return (
    <>
      {isPhone ? (
        <ListCards columns={columns} rows={rows} rowKey={keyOf} />
      ) : (
        <DataTable<LogRow>
          rowKey={keyOf}
          size="small"
          dataSource={[...rows]}
          columns={columns.map((column) => ({
            key: column.key,
            title: column.title,
            render: (_value: unknown, row: LogRow) => column.render(row),
          }))}
        />
      )}
      <RawRecord row={opened} onClose={() => setOpened(undefined)} />
    </>
  );
}

function FieldList({ fields }: { fields: LogRow['fields'] }) {
  return (
    <span style={{ display: 'flex', flexWrap: 'wrap', gap: '0 14px', maxWidth: 760 }}>
      {Object.entries(fields).map(([name, value]) => (
        <span key={name} className="jd-break">
          <span className="jd-faint">{name} </span>
          <span className="jd-mono">{value}</span>
        </span>
      ))}
    </span>
  );
}

function keyOf(row: LogRow): string {
  return `${row.segment}.${row.seq}`;
}
