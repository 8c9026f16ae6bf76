import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Input, Select, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { type CalendarRow, calendar } from '#logs/contract';
import { call } from '../../app/api.ts';
import { UnitPicker } from '../../app/unit-picker.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPager } from '../../ui/list-pager.tsx';
import { useListState } from '../../ui/list-state.ts';
import { dateOnly } from '../../ui/moment.ts';
import { phoneWidth, useNarrowerThan } from '../../ui/narrow.ts';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import { useCellWords } from './cell-words.ts';
import { HeatLegend, HeatTable } from './heat-table.tsx';

const periods = [7, 28, 62];

/** Sources × days, the worst first. */
export function SourceCalendar() {
  const { t } = useTranslation();
  const [state, change] = useListState();
  const isPhone = useNarrowerThan(phoneWidth);
  const days = periods.find((one) => String(one) === state.filters.days) ?? 28;
  const { unitId } = state.filters;
  const query = useQuery({
    queryKey: ['logs', 'calendar', state.page, state.size, state.q, days, unitId],
    queryFn: ({ signal }) => {
      const from = dateOnly(Date.now() - (days - 1) * 86_400_000);
      const asked = { page: state.page, pageSize: state.size, from, q: state.q || undefined, unitId };
      return call(calendar, { query: asked }, { signal });
    },
    placeholderData: keepPreviousData,
  });
  const filter = (name: string, value: string | undefined) => {
    const { [name]: _, ...rest } = state.filters;
    change({ filters: value === undefined ? rest : { ...rest, [name]: value } });
  };
  return (
    <Panel>
      <Space wrap>
        <Input.Search
          allowClear
          defaultValue={state.q}
          placeholder={t('list.search')}
          aria-label={t('list.search')}
          onSearch={(q) => change({ q })}
          style={{ width: 200 }}
        />
        <div className="jd-heat__unit">
          <UnitPicker
            aria-label={t('logLedger.unit')}
            value={unitId}
            placeholder={t('logLedger.unitAll')}
            onChange={(id) => filter('unitId', id)}
          />
        </div>
        <Select
          aria-label={t('logLedger.period')}
          value={days}
          options={periods.map((one) => ({ value: one, label: t('logLedger.last', { days: one }) }))}
          onChange={(one) => filter('days', one === 28 ? undefined : String(one))}
        />
      </Space>
      <HeatLegend />
      <QueryView query={query} rows={8}>
        {({ items, total, capped }) => (
          <>
            {items.length === 0 ? (
              <EmptyState title={t('logLedger.empty')} hint={t('logLedger.emptyHint')} />
            ) : (
              <CalendarTable items={items} isPhone={isPhone} />
            )}
            <ListPager
              state={state}
              change={change}
              total={total}
              capped={capped ?? false}
              isPhone={isPhone}
            />
          </>
        )}
      </QueryView>
    </Panel>
  );
}

/** On a phone the newest day comes first: the others are scrolled to. */
function CalendarTable({ items, isPhone }: { items: readonly CalendarRow[]; isPhone: boolean }) {
  const { t } = useTranslation();
  const wordsOf = useCellWords();
  const inOrder = (row: CalendarRow) => (isPhone ? row.days.toReversed() : row.days);
  return (
    <HeatTable
      label={t('logLedger.calendarTable')}
      corner={t('logLedger.source')}
      heads={inOrder(items[0]!).map(({ day }) => ({ key: day, text: shortDay(day), words: day }))}
      rows={items.map((row) => ({
        key: String(row.sourceId),
        head: (
          <>
            <Link
              to="/logs/sources/$id"
              params={{ id: String(row.sourceId) }}
              search={{ tab: 'completeness' } as never}
            >
              {row.name}
            </Link>{' '}
            {row.openGaps > 0 ? (
              <StatusTag tone="warn">
                {t('logLedger.openGaps')} {row.openGaps}
              </StatusTag>
            ) : null}
            <div className="jd-faint">{row.unitName}</div>
          </>
        ),
        cells: inOrder(row).map((day) => ({ key: day.day, state: day.state, words: wordsOf(day.day, day) })),
      }))}
    />
  );
}

/** `22`, and `11-1` for the first of a month. */
function shortDay(day: string): string {
  const [, month, date] = day.split('-');
  return date === '01' ? `${Number(month)}-1` : String(Number(date));
}
