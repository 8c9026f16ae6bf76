import type { TableColumnType } from 'antd';
import { DataTable } from './data-table.tsx';
import type { ListColumn } from './list-page.tsx';
import type { ListState } from './list-state.ts';

interface ListTableProps<Row> {
  readonly columns: readonly ListColumn<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  readonly isDense?: boolean;
  readonly state: ListState;
  readonly change: (next: Partial<ListState>) => void;
  readonly label: string;
  readonly onOpen?: (row: Row) => void;
}

/** The rows as a table; sorting is the server's. A row opens by click; by keyboard through the link in it. */
export function ListTable<Row extends object>(props: ListTableProps<Row>) {
  const columns = props.columns.map((column) => tableColumn(column, props.state.sort));
  return (
    <DataTable<Row>
      aria-label={props.label}
      {...(props.isDense ? { size: 'small', className: 'jd-dense' } : {})}
      rowKey={props.rowKey}
      columns={columns}
      dataSource={[...props.rows]}
      onRow={(row) => ({
        onClick: (event) => {
          if ((event.target as HTMLElement).closest('a,button,input,label')) return;
          props.onOpen?.(row);
        },
        style: props.onOpen ? { cursor: 'pointer' } : {},
      })}
      onChange={(_pages, _filters, sorter) => {
        const one = Array.isArray(sorter) ? sorter[0] : sorter;
        const key = String(one?.columnKey ?? '');
        const column = props.columns.find((candidate) => candidate.key === key);
        const name = one?.order && column?.sort ? column.sort : '';
        props.change({ sort: one?.order === 'descend' ? `-${name}` : name });
      }}
    />
  );
}

/** The table's column for a list's; what may be done with a row stays in sight however wide the table is. */
export function tableColumn<Row>(column: ListColumn<Row>, sort: string): TableColumnType<Row> {
  const base: TableColumnType<Row> = {
    key: column.key,
    title: column.title,
    className: 'jd-cell',
    render: (_value, row) => column.render(row),
  };
  if (column.key === 'actions') base.fixed = 'end';
  if (column.width !== undefined) base.width = column.width;
  if (column.sort !== undefined) {
    base.sorter = true;
    base.showSorterTooltip = false;
    base.sortOrder = sort === column.sort ? 'ascend' : sort === `-${column.sort}` ? 'descend' : null;
  }
  return base;
}
