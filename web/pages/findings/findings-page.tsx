import { CheckCircleOutlined } from '@ant-design/icons';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { findingState, listFindings, severity } from '#findings/contract';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { listSource } from '../../app/list-source.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { remedyOf } from './remedy.ts';

/** Faults of websites, worst and newest first. */
export function FindingsPage() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const navigate = useNavigate();
  return (
    <>
      <PageHeader title={t('findings.title')} description={t('findings.hint')} />
      <ListPage
        name="findings"
        label={t('findings.title')}
        search={t('findings.search')}
        source={listSource(listFindings, ['state', 'severity', 'siteId', 'unitId'])}
        rowKey={(row) => row.id}
        onOpen={(row) => void navigate({ to: '/findings/$id', params: { id: row.id } })}
        filters={[
          {
            key: 'state',
            label: t('findings.state'),
            options: optionsOf(words, 'findingState', findingState.options),
          },
          {
            key: 'severity',
            label: t('findings.severity'),
            options: optionsOf(words, 'severity', severity.options),
          },
        ]}
        columns={[
          {
            key: 'severity',
            coded: 'severity',
            title: t('findings.severity'),
            sort: 'severity',
            render: (row) => <EnumTag name="severity" value={row.severity} />,
            text: (row) => words('severity', row.severity),
          },
          {
            key: 'text',
            title: t('findings.text'),
            card: 'title',
            render: (row) => (
              <Link to="/findings/$id" params={{ id: row.id }} className="jd-break">
                {row.text.slice(0, 60)}
              </Link>
            ),
            text: (row) => row.text,
          },
          {
            key: 'kind',
            coded: 'findingKind',
            title: t('findings.kind'),
            render: (row) => words('findingKind', row.kind),
            text: (row) => words('findingKind', row.kind),
          },
          {
            key: 'site',
            field: 'siteName',
            title: t('findings.site'),
            render: (row) => row.siteName ?? '—',
            text: (row) => row.siteName,
          },
          {
            key: 'unit',
            field: 'unitName',
            title: t('findings.unit'),
            card: 'hidden',
            render: (row) => row.unitName,
            text: (row) => row.unitName,
          },
          {
            key: 'state',
            coded: 'findingState',
            title: t('findings.state'),
            render: (row) => <EnumTag name="findingState" value={row.state} />,
            text: (row) => words('findingState', row.state),
          },
          {
            key: 'lastSeenAt',
            sort: 'lastSeenAt',
            title: t('findings.lastSeenAt'),
            render: (row) => <span className="jd-num">{dateMinute(row.lastSeenAt)}</span>,
            text: (row) => dateMinute(row.lastSeenAt),
          },
          {
            key: 'url',
            title: t('findings.url'),
            card: 'hidden',
            render: (row) =>
              remedyOf(row) ? '—' : <span className="jd-mono jd-break">{row.url.slice(0, 80)}</span>,
            text: (row) => (remedyOf(row) ? null : row.url),
          },
        ]}
        empty={
          <EmptyState
            icon={<CheckCircleOutlined aria-hidden="true" />}
            title={t('findings.empty')}
            hint={t('findings.emptyHint')}
          />
        }
      />
    </>
  );
}
