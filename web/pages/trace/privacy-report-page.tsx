import { EyeOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { listQueryTouches, summarizeQueryTouches, touchPart } from '#trace/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { listSource } from '../../app/list-source.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateTime } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { DestinationRules } from './destination-rules.tsx';

/** What a leader is told of queries about the unit; to print and to save as a workbook. */
export function PrivacyReportPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHeader title={t('traceReport.title')} description={t('traceReport.hint')} />
      <Sums />
      <Touches />
      <DestinationRules />
    </>
  );
}

function Sums() {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['trace-report', 'sums'],
    queryFn: ({ signal }) => call(summarizeQueryTouches, { query: {} }, { signal }),
  });
  return (
    <Panel title={t('traceReport.sum')}>
      <QueryView query={query} rows={2}>
        {(sums) => (
          <Facts
            items={[
              [t('traceReport.queries'), sums.queries.toLocaleString()],
              [
                t('traceReport.namesOpened'),
                t('traceReport.sumNames', { asked: sums.namesAsked, opened: sums.namesOpened }),
              ],
              [
                t('traceReport.span'),
                sums.from === null || sums.to === null
                  ? t('traceReport.none')
                  : [...new Set([dateTime(sums.from as string), dateTime(sums.to as string)])].join(' – '),
              ],
              [
                t('traceReport.office'),
                sums.offices
                  .map(({ office, bySystem, queries }) =>
                    t('traceReport.officeTimes', {
                      office: officeText({ office, bySystem }, t),
                      count: queries,
                    }),
                  )
                  .join(' · ') || t('traceReport.none'),
              ],
            ]}
          />
        )}
      </QueryView>
    </Panel>
  );
}

/** Nobody of the unit asked when the system did for an incident. */
function officeText({ office, bySystem }: { office: string; bySystem: boolean }, t: TFunction): string {
  return bySystem ? t('traceReport.bySystem', { office }) : office;
}

function Touches() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const partText = ({ part, bySystem }: { part: z.output<typeof touchPart>; bySystem: boolean }) =>
    bySystem && part !== 'candidate'
      ? t(part === 'asked' ? 'traceReport.systemAsked' : 'traceReport.systemBoth')
      : words('touchPart', part);
  return (
    <ListPage
      name="trace-report"
      label={t('traceReport.title')}
      search={t('traceReport.search')}
      source={listSource(listQueryTouches, ['part', 'opened'])}
      rowKey={(row) => row.id}
      filters={[
        {
          key: 'part',
          label: t('traceReport.part'),
          options: optionsOf(words, 'touchPart', touchPart.options),
        },
        {
          key: 'opened',
          label: t('traceReport.opened'),
          options: [
            { value: 'yes', label: t('traceReport.yes') },
            { value: 'no', label: t('traceReport.no') },
          ],
        },
      ]}
      columns={[
        {
          key: 'askedAt',
          title: t('traceReport.askedAt'),
          sort: 'askedAt',
          render: (row) => <span className="jd-num">{dateTime(row.askedAt)}</span>,
          text: (row) => dateTime(row.askedAt),
        },
        {
          key: 'unit',
          field: 'unitName',
          title: t('traceReport.unit'),
          render: (row) => row.unitName,
          text: (row) => row.unitName,
        },
        {
          key: 'office',
          title: t('traceReport.office'),
          card: 'title',
          render: (row) => officeText(row, t),
          text: (row) => officeText(row, t),
        },
        {
          key: 'caseNo',
          title: t('traceReport.caseNo'),
          render: (row) => row.caseNo,
          text: (row) => row.caseNo,
        },
        {
          key: 'part',
          coded: 'touchPart',
          title: t('traceReport.part'),
          render: (row) => partText(row),
          text: (row) => partText(row),
        },
        {
          key: 'queries',
          title: t('traceReport.queries'),
          render: (row) => <span className="jd-num">{row.queries}</span>,
          text: (row) => row.queries,
        },
        {
          key: 'verdict',
          coded: 'verdict',
          title: t('traceReport.verdict'),
          render: (row) => <EnumTag name="verdict" value={row.verdict} />,
          text: (row) => words('verdict', row.verdict),
        },
        {
          key: 'namesOpened',
          title: t('traceReport.namesOpened'),
          render: (row) => <span className="jd-num">{row.namesOpened}</span>,
          text: (row) => row.namesOpened,
        },
      ]}
      empty={
        <EmptyState
          icon={<EyeOutlined aria-hidden="true" />}
          title={t('traceReport.empty')}
          hint={t('traceReport.emptyHint')}
        />
      }
    />
  );
}
