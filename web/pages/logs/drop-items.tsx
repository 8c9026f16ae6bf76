import { useTranslation } from 'react-i18next';
import type { DropItem } from '#logs/contract';
import { EnumTag } from '../../app/enum-tag.tsx';
import { bytesText } from '../../ui/bytes-text.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { HashText } from '../../ui/hash-text.tsx';

/** Days and sources of a plan, or the days that were dropped of one source. */
export function DropItems({ rows }: { rows: readonly DropItem[] }) {
  const { t } = useTranslation();
  if (rows.length === 0) return <p className="jd-faint">{t('logRetention.noItems')}</p>;
  return (
    <DataTable
      rowKey={(row) => `${row.day} ${row.sourceId}`}
      dataSource={[...rows]}
      aria-label={t('logRetention.items')}
      columns={[
        { key: 'day', title: t('logRetention.day'), dataIndex: 'day' },
        { key: 'source', title: t('logRetention.sources'), dataIndex: 'source' },
        {
          key: 'state',
          title: t('logRetention.planState'),
          render: (_, row) => <EnumTag name="dropItemState" value={row.state} />,
        },
        { key: 'segments', title: t('logRetention.segments'), dataIndex: 'segments' },
        { key: 'held', title: t('logRetention.held'), dataIndex: 'held' },
        { key: 'size', title: t('logRetention.size'), render: (_, row) => bytesText(row.rawBytes) },
        { key: 'dropped', title: t('logRetention.dropped'), dataIndex: 'dropped' },
        { key: 'droppedRecords', title: t('logRetention.droppedRecords'), dataIndex: 'droppedRecords' },
        {
          key: 'digest',
          title: t('logRetention.digest'),
          render: (_, row) => (row.digest === null ? '—' : <HashText hash={row.digest} />),
        },
      ]}
    />
  );
}
