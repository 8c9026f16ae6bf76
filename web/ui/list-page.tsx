import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import type { EnumName } from '../app/enum-words.ts';
import { isWrongQuery } from '../app/error-help.ts';
import type { ListSource } from '../app/list-source.ts';
import { ErrorView } from './error-view.tsx';
import { ListCards } from './list-cards.tsx';
import { useColumns, useDense } from './list-columns.ts';
import { ListPager } from './list-pager.tsx';
import { type ListState, lastPage, useListState } from './list-state.ts';
import { ListTable } from './list-table.tsx';
import { ListTools } from './list-tools.tsx';
import { Loading } from './loading.tsx';
import { phoneWidth, useNarrowerThan } from './narrow.ts';

export interface ListColumn<Row> {
  readonly key: string;
  readonly title: string;
  readonly render: (row: Row) => ReactNode;
  /** The field of the contract's item that the exported file has here, as `site.name`; default: the key. */
  readonly field?: string;
  /** What stands for the field's values in the exported file: an enumeration's words, or words given here. */
  readonly coded?: EnumName | Readonly<Record<string, string>>;
  /** Not shown until it is chosen. */
  readonly extra?: boolean;
  /** The cell as plain text, for lists without a `source`, which export what the browser has. */
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
  /** There are more than `total`. Not optional: a page that rebuilds a reply must not lose it. */
  readonly capped: boolean;
}

interface ListPageProps<Row> {
  /** Names the list in the query cache and in the exported file. */
  readonly name: string;
  readonly label: string;
  /** The contract's list (`listSource`): the server can export it whole. */
  readonly source?: ListSource<Row>;
  /** For rows that are not one contract list. */
  readonly load?: (state: ListState, signal: AbortSignal | undefined) => Promise<ListReply<Row>>;
  readonly columns: readonly ListColumn<Row>[];
  readonly rowKey: (row: Row) => string;
  readonly filters?: readonly ListFilter[];
  /** Placeholder of the search field; without it there is none. */
  readonly search?: string;
  /** Shown when the list is empty without any filter. */
  readonly empty: ReactNode;
  readonly onOpen?: (row: Row) => void;
  readonly refreshEvery?: number;
  /** Beside the list's own tools; a function is given the rows that are shown. */
  readonly tools?: ReactNode | ((rows: readonly Row[]) => ReactNode);
}

/** A server-paged list that filters, sorts and exports; a table on a desktop, cards on a phone. */
export function ListPage<Row extends object>(props: ListPageProps<Row>) {
  const [state, change] = useListState();
  const { shown, choose } = useColumns(props.name, props.columns, state, change);
  const density = useDense(props.name);
  const load = loaderOf(props);
  const isPhone = useNarrowerThan(phoneWidth);
  const query = useQuery({
    queryKey: [props.name, 'list', state],
    queryFn: ({ signal }) => load(state, signal),
    placeholderData: keepPreviousData,
    ...(props.refreshEvery === undefined ? {} : { refetchInterval: props.refreshEvery }),
  });
  const rows = query.data?.rows ?? [];
  const last = query.data && !query.isPlaceholderData ? lastPage(state, query.data) : undefined;
  useEffect(() => {
    if (last !== undefined) change({ page: last });
  }, [last, change]);
  const clear = () => change({ q: '', filters: {} });
  const isFiltered = state.q !== '' || Object.keys(state.filters).length > 0;
  return (
    <section className="jd-panel jd-panel--flush" aria-label={props.label} aria-busy={query.isFetching}>
      <ListTools
        {...props}
        tools={typeof props.tools === 'function' ? props.tools(rows) : props.tools}
        load={load}
        shown={shown}
        choose={choose}
        {...density}
        state={state}
        change={change}
        query={query}
      />
      {isWrongQuery(query.error) ? <ListTools.WrongFilter onClear={clear} /> : null}
      {query.isError && !isWrongQuery(query.error) ? (
        <div style={{ padding: 16 }}>
          <ErrorView error={query.error} onRetry={() => void query.refetch()} />
        </div>
      ) : null}
      {query.isPending || last !== undefined ? <Loading rows={6} /> : null}
      {query.data && rows.length === 0 && last === undefined ? (
        isFiltered ? (
          <ListTools.NothingFound onClear={clear} />
        ) : (
          props.empty
        )
      ) : null}
      {rows.length === 0 ? null : isPhone ? (
        <ListCards
          columns={shown}
          rows={rows}
          rowKey={props.rowKey}
          isDense={density.isDense}
          {...openOf(props)}
        />
      ) : (
        <ListTable
          columns={shown}
          rows={rows}
          rowKey={props.rowKey}
          isDense={density.isDense}
          state={state}
          change={change}
          label={props.label}
          {...openOf(props)}
        />
      )}
      {query.data && query.data.total > 0 ? (
        <ListPager
          state={state}
          change={change}
          total={query.data.total}
          capped={query.data.capped}
          isPhone={isPhone}
        />
      ) : null}
    </section>
  );
}

function loaderOf<Row>(props: ListPageProps<Row>): NonNullable<ListPageProps<Row>['load']> {
  const load = props.source?.load ?? props.load;
  if (load === undefined) throw new Error(`the list ${props.name} has neither source nor load`);
  return load;
}

function openOf<Row>(props: ListPageProps<Row>): { onOpen?: (row: Row) => void } {
  return props.onOpen ? { onOpen: props.onOpen } : {};
}
