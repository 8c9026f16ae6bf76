import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { format, type LogSource, listSources } from '#logs/contract';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { listSource } from '../../app/list-source.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { type ListColumn, ListPage } from '../../ui/list-page.tsx';
import { dateTime } from '../../ui/moment.ts';
import { StatusTag } from '../../ui/status-tag.tsx';
import { ClockText } from './clock-text.tsx';
import { useSourceName } from './source-name.ts';

const states = ['active', 'quarantined', 'retired'] as const;

/** Log sources with what each has sent; lines that could not be read are counted, not hidden. */
export function SourceList() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const navigate = useNavigate();
  return (
    <ListPage
      name="logs"
      label={t('logs.sources')}
      search={t('list.search')}
      source={listSource(listSources, ['state', 'format'])}
      rowKey={(row) => String(row.id)}
      onOpen={(row) => void navigate({ to: '/logs/sources/$id', params: { id: String(row.id) } })}
      filters={[
        { key: 'state', label: t('logSources.state'), options: optionsOf(words, 'logSourceState', states) },
        {
          key: 'format',
          label: t('logs.format'),
          options: optionsOf(words, 'logFormat', format.options),
        },
      ]}
      columns={useSourceColumns()}
      empty={<EmptyState title={t('logs.noSources')} hint={t('logs.noSourcesHint')} />}
    />
  );
}

function useSourceColumns(): ListColumn<LogSource>[] {
  const { t } = useTranslation();
  const words = useEnumWords();
  const nameOf = useSourceName();
  return [
    {
      key: 'name',
      title: t('logs.name'),
      card: 'title',
      sort: 'name',
      render: (row) => (
        <Link to="/logs/sources/$id" params={{ id: String(row.id) }} className="jd-break">
          {nameOf(row.name)}
        </Link>
      ),
    },
    {
      key: 'state',
      title: t('logSources.state'),
      coded: 'logSourceState',
      render: (row) => <EnumTag name="logSourceState" value={row.state} />,
    },
    {
      key: 'unit',
      title: t('logSources.unit'),
      field: 'unitName',
      render: (row) => row.unitName ?? '—',
    },
    {
      key: 'format',
      title: t('logs.format'),
      sort: 'format',
      coded: 'logFormat',
      render: (row) => words('logFormat', row.format),
    },
    {
      key: 'records',
      title: t('logs.records'),
      render: (row) => <span className="jd-num">{row.records.toLocaleString()}</span>,
    },
    {
      key: 'unparsable',
      title: t('logs.unparsable'),
      render: (row) => <Unparsable count={row.unparsable} />,
    },
    {
      key: 'lastRecv',
      title: t('logs.lastRecv'),
      render: (row) =>
        row.lastRecv === null ? (
          <StatusTag tone="neutral">{t('logs.never')}</StatusTag>
        ) : (
          <span className="jd-num">{dateTime(row.lastRecv)}</span>
        ),
    },
    {
      key: 'clock',
      title: t('logSources.clock'),
      field: 'clock.offsetMs',
      render: (row) => <ClockText clock={row.clock} />,
    },
  ];
}

function Unparsable({ count }: { count: number }) {
  if (count === 0) return <span className="jd-num">0</span>;
  return <StatusTag tone="warn">{count.toLocaleString()}</StatusTag>;
}
