import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { codeOfError } from '../app/api-error.ts';
import { ErrorView } from './error-view.tsx';
import { Loading } from './loading.tsx';
import { PageHeader } from './page-header.tsx';

interface QueryViewProps<T> {
  readonly query: UseQueryResult<T>;
  readonly rows?: number;
  /** For the query that a whole page is about: the list behind it, so that a failure has a heading and a way back. */
  readonly back?: { readonly to: string; readonly label: string };
  readonly children: (data: T) => ReactNode;
}

/** Shows a query's data, its failure with a retry, or the outline of what is coming. */
export function QueryView<T>({ query, rows, back, children }: QueryViewProps<T>) {
  if (query.data !== undefined) {
    return (
      <>
        {query.isError ? <ErrorView error={query.error} onRetry={() => void query.refetch()} /> : null}
        {children(query.data)}
      </>
    );
  }
  if (query.isError) {
    return (
      <>
        {back === undefined ? null : <RecordFailed error={query.error} back={back} />}
        <ErrorView error={query.error} onRetry={() => void query.refetch()} />
      </>
    );
  }
  return <Loading {...(rows === undefined ? {} : { rows })} />;
}

function RecordFailed({ error, back }: { error: unknown; back: { to: string; label: string } }) {
  const { t } = useTranslation();
  const title = t(codeOfError(error) === 'base.not_found' ? 'error.noRecord' : 'error.recordFailed');
  return <PageHeader title={title} back={back} />;
}
