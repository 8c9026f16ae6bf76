import { Table, type TableProps } from 'antd';
import { useEffect, useRef } from 'react';
import { phoneWidth, useNarrowerThan } from './narrow.ts';
import './data-table.css';

/**
 * antd's table, scrolling sideways where it is too wide. Its scrolling box takes the focus, so that a table
 * without any link or button in it can be scrolled by keyboard too (WCAG 2.1.1).
 */
export function DataTable<Row extends object>({
  stacked = false,
  ...props
}: TableProps<Row> & {
  /** On a phone each row is a card of its cells, with their headings: nothing is out of sight. */
  readonly stacked?: boolean;
}) {
  const box = useRef<HTMLDivElement>(null);
  const isStack = useNarrowerThan(phoneWidth) && stacked;
  useEffect(() => {
    for (const scroller of box.current?.querySelectorAll('.ant-table-content') ?? []) {
      scroller.setAttribute('tabindex', '0');
    }
  });
  return (
    <div ref={box} className={isStack ? 'jd-stack' : ''}>
      <Table<Row>
        size="middle"
        pagination={false}
        {...(isStack ? {} : { scroll: { x: 'max-content' } })}
        {...props}
        // A row's own field `children` (how many prefixes stand within) is no list of rows.
        expandable={{ childrenColumnName: 'rowsBelow', ...props.expandable }}
        {...(isStack && props.columns
          ? {
              columns: props.columns.map((column) => ({
                ...column,
                onCell: () => ({ 'data-label': typeof column.title === 'string' ? column.title : '' }),
              })) as NonNullable<TableProps<Row>['columns']>,
            }
          : {})}
      />
    </div>
  );
}
