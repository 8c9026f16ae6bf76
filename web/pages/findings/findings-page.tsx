import { CheckCircleOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Button, Checkbox, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Finding, findingState, listFindings, severity } from '#findings/contract';
import { listUnits } from '#units/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { listSource } from '../../app/list-source.ts';
import { useRuleWords } from '../../app/rule-words.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { ages, kindsShown } from './finding-filters.ts';
import { remedyOf } from './remedy.ts';
import { useSiteFilters } from './site-filters.ts';
import { FixedButton, OrderButton, ProposeButton } from './work-forms.tsx';

const isLive = ({ state }: Finding) => state === 'open' || state === 'fixed';

/** Faults of websites, worst and newest first. */
export function FindingsPage() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const ruleWords = useRuleWords();
  const navigate = useNavigate();
  const can = useCan();
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const clear = () => setPicked(new Set());
  const siteFilters = useSiteFilters();
  const pick = (id: string, isPicked: boolean) =>
    setPicked((known) => new Set(isPicked ? [...known, id] : [...known].filter((one) => one !== id)));
  const counties = useQuery({
    queryKey: ['units', 'counties'],
    queryFn: ({ signal }) => call(listUnits, { query: { kind: 'county', pageSize: 100 } }, { signal }),
    enabled: can('units.read'),
  });
  return (
    <>
      <PageHeader
        title={t('findings.title')}
        description={t('findings.hint')}
        actions={
          <Space wrap>
            <Link to="/findings/by-school">{t('findingWork.bySchool')}</Link>
            <Link to="/findings/orders">{t('findingWork.orders')}</Link>
            <Link to="/findings/ignored">{t('findingWork.ignored')}</Link>
            <Link to="/findings/precision">{t('findingWork.precision')}</Link>
          </Space>
        }
      />
      <ListPage
        name="findings"
        label={t('findings.title')}
        search={t('findings.search')}
        source={listSource(listFindings, [
          'state',
          'severity',
          'kind',
          'rule',
          'overdue',
          'olderThanDays',
          'mine',
          'siteId',
          'pathPrefix',
          'unitId',
          'under',
          'orderId',
          'suppressionId',
        ])}
        rowKey={(row) => row.id}
        onOpen={(row) => void navigate({ to: '/findings/$id', params: { id: row.id } })}
        filters={[
          ...siteFilters,
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
          {
            key: 'kind',
            label: t('findings.kind'),
            options: optionsOf(words, 'findingKind', kindsShown),
          },
          {
            key: 'olderThanDays',
            label: t('findingWork.age'),
            options: ages.map((days) => ({
              value: String(days),
              label: t('findingWork.olderThan', { days }),
            })),
          },
          {
            key: 'under',
            label: t('findingWork.county'),
            options: (counties.data?.items ?? []).map((unit) => ({ value: unit.id, label: unit.name })),
          },
          {
            key: 'mine',
            label: t('findingWork.ownOnly'),
            options: [{ value: 'true', label: t('findingWork.own') }],
          },
          {
            key: 'overdue',
            label: t('findingWork.late'),
            options: [{ value: 'true', label: t('findingWork.lateOnly') }],
          },
        ]}
        tools={(rows) => {
          const left = rows.filter((row) => isLive(row) && !picked.has(row.id)).map((row) => row.id);
          const all =
            left.length === 0 || !can('findings.work') ? null : (
              <Button onClick={() => setPicked((known) => new Set([...known, ...left]))}>
                {t('findingWork.pickPage')}
              </Button>
            );
          if (picked.size === 0) return all;
          return (
            <Space wrap>
              <span className="jd-num" aria-live="polite">
                {t('findingWork.picked', { count: picked.size })}
              </span>
              <PickedActs ids={[...picked]} onDone={clear} />
              {all}
              <Button onClick={clear}>{t('findingWork.pickNone')}</Button>
            </Space>
          );
        }}
        columns={[
          {
            key: 'pick',
            title: t('findingWork.pick'),
            render: (row) =>
              can('findings.work') && isLive(row) ? (
                <Checkbox
                  aria-label={t('findingWork.pickOne', { text: row.text.slice(0, 40) })}
                  checked={picked.has(row.id)}
                  onChange={(event) => pick(row.id, event.target.checked)}
                />
              ) : null,
          },
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
            key: 'dueAt',
            sort: 'dueAt',
            title: t('findingWork.dueAt'),
            render: (row) =>
              row.dueAt === null ? null : <span className="jd-num">{dateMinute(row.dueAt)}</span>,
          },
          {
            key: 'rule',
            extra: true,
            title: t('findings.rule'),
            render: (row) => <span title={row.rule}>{ruleWords(row.rule)}</span>,
            text: (row) => ruleWords(row.rule),
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

/** What may be done with the chosen findings, the caller's own work first. */
function PickedActs(props: { ids: readonly string[]; onDone: () => void }) {
  const can = useCan();
  return (
    <Space wrap>
      {can('findings.order') ? <OrderButton {...props} /> : null}
      {can('findings.work') ? <FixedButton {...props} /> : null}
      {can('findings.work') ? <ProposeButton {...props} /> : null}
    </Space>
  );
}
