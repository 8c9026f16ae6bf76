import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ErrorView } from './error-view.tsx';
import { ListCards } from './list-cards.tsx';
import { ListPager } from './list-pager.tsx';
import { type ListState, useListState } from './list-state.ts';
import { ListTable } from './list-table.tsx';
import { ListTools } from './list-tools.tsx';
import { Loading } from './loading.tsx';
import { phoneWidth, useNarrowerThan } from './narrow.ts';

export interface ListColumn<Row> {
  readonly key: string;
  readonly title: string;
  readonly render: (row: Row) => ReactNode;
  /** The cell as plain text, for the export. Without it the column is not exported. */
  readonly text?: (row: Row) => string | number | null | undefined;
  /** The server's sort key; without it the column does not sort. */
  readonly sort?: string;
  readonly width?: number;
  /** `title`: the heading of the card on a phone. `hidden`: not on the card. */
  readonly card?: 'title' | 'hidden';
}

export interface ListFilter {
  readonly key: string;
  readonly label: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

export interface ListReply<Row> {
  readonly rows: readonly Row[];
  readonly total: number;
}

interface ListPageProps<Row> {
  /** Names the list in the query cache and in the exported file. */
  readonly name: string;
  readonly label: string;
  readonly load: (state: ListState, signal: AbortSignal | undefined) => Promise<ListReply<Row>>;
  readonly columns: readonly ListColumn<Row>[];
  readonly rowKey: (row: Row) => string;
  readonly filters?: readonly ListFilter[];
  /** Placeholder of the search field; without it there is none. */
  readonly search?: string;
  /** Shown when the list is empty without any filter. */
  readonly empty: ReactNode;
  readonly onOpen?: (row: Row) => void;
  readonly refreshEvery?: number;
  readonly tools?: ReactNode;
}

/** A server-paged list that filters, sorts and exports; a table on a desktop, cards on a phone. */
export function ListPage<Row extends object>(props: ListPageProps<Row>) {
  const [state, change] = useListState();
  const isPhone = useNarrowerThan(phoneWidth);
  const query = useQuery({
    queryKey: [props.name, 'list', state],
    queryFn: ({ signal }) => props.load(state, signal),
    placeholderData: keepPreviousData,
    ...(props.refreshEvery === undefined ? {} : { refetchInterval: props.refreshEvery }),
  });
  const rows = query.data?.rows ?? [];
  const isFiltered = state.q !== '' || Object.keys(state.filters).length > 0;
  return (
    <section className="jd-panel jd-panel--flush" aria-label={props.label} aria-busy={query.isFetching}>
      <ListTools {...props} state={state} change={change} query={query} />
      {query.isError ? (
        <div style={{ padding: 16 }}>
          <ErrorView error={query.error} onRetry={() => void query.refetch()} />
        </div>
      ) : null}
      {query.isPending ? <Loading rows={6} /> : null}
      {query.data && rows.length === 0 ? (
        isFiltered ? (
          <ListTools.NothingFound onClear={() => change({ q: '', filters: {} })} />
        ) : (
          props.empty
        )
      ) : null}
      {rows.length === 0 ? null : isPhone ? (
        <ListCards columns={props.columns} rows={rows} rowKey={props.rowKey} {...openOf(props)} />
      ) : (
        <ListTable
          columns={props.columns}
          rows={rows}
          rowKey={props.rowKey}
          state={state}
          change={change}
          label={props.label}
          {...openOf(props)}
        />
      )}
      {query.data && query.data.total > 0 ? (
        <ListPager state={state} change={change} total={query.data.total} isPhone={isPhone} />
      ) : null}
    </section>
  );
}

function openOf<Row>(props: ListPageProps<Row>): { onOpen?: (row: Row) => void } {
  return props.onOpen ? { onOpen: props.onOpen } : {};
}
