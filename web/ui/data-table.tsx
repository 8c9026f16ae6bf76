import { Table, type TableProps } from 'antd';
import { useEffect, useRef } from 'react';

/**
 * antd's table, scrolling sideways where it is too wide. Its scrolling box takes the focus, so that a table
 * without any link or button in it can be scrolled by keyboard too (WCAG 2.1.1).
 */
export function DataTable<Row extends object>(props: TableProps<Row>) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    for (const scroller of box.current?.querySelectorAll('.ant-table-content') ?? []) {
      scroller.setAttribute('tabindex', '0');
    }
  });
  return (
    <div ref={box}>
      <Table<Row> size="middle" pagination={false} scroll={{ x: 'max-content' }} {...props} />
    </div>
  );
}
