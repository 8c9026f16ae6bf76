import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import { getRhythm, type LedgerHour, type LogSource, rhythm, setRhythm, sourceLedger } from '#logs/contract';
import { call } from '../../app/api.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useCan } from '../../app/session.ts';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { useCellWords } from './cell-words.ts';
import { GapFromAddress } from './gap-drawer.tsx';
import { GapList } from './gap-list.tsx';
import { HeatLegend, HeatTable } from './heat-table.tsx';
import { RelyForm } from './rely-form.tsx';

/** The hours of one source, its gaps, what was agreed, and whether a time can be relied on. */
export function SourceCompleteness({ source }: { source: LogSource }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['logs', 'ledger', source.id],
    queryFn: ({ signal }) => call(sourceLedger, { params: { id: source.id }, query: {} }, { signal }),
  });
  return (
    <>
      <Panel title={t('logLedger.hoursTable')}>
        <QueryView query={query} rows={10}>
          {({ hours, learnedWeeks }) => (
            <>
              <p className="jd-faint">
                {learnedWeeks > 0
                  ? t('logLedger.learned', { weeks: learnedWeeks })
                  : t('logLedger.notLearned')}
              </p>
              <HeatLegend />
              <HoursTable hours={hours} />
            </>
          )}
        </QueryView>
      </Panel>
      <RelyForm sourceId={source.id} />
      <Rhythm source={source} />
      <GapList sourceId={source.id} />
      <GapFromAddress />
    </>
  );
}

function HoursTable({ hours }: { hours: readonly LedgerHour[] }) {
  const { t } = useTranslation();
  const wordsOf = useCellWords();
  const days = [...new Set(hours.map(({ day }) => day))].reverse();
  return (
    <HeatTable
      label={t('logLedger.hoursTable')}
      corner={t('logLedger.period')}
      heads={Array.from({ length: 24 }, (_, hour) => ({
        key: String(hour),
        text: String(hour),
        words: `${hour}:00`,
      }))}
      rows={days.map((day) => ({
        key: day,
        head: <span className="jd-num">{day}</span>,
        cells: hours
          .filter((one) => one.day === day)
          .map((one) => ({
            key: String(one.hour),
            state: one.state,
            words: wordsOf(`${day} ${one.hour}:00`, one),
          })),
      }))}
    />
  );
}

function Rhythm({ source }: { source: LogSource }) {
  const { t } = useTranslation();
  const can = useCan();
  const client = useQueryClient();
  const { message } = App.useApp();
  const query = useQuery({
    queryKey: ['logs', 'rhythm', source.id],
    queryFn: ({ signal }) => call(getRhythm, { params: { id: source.id } }, { signal }),
  });
  const none = t('logLedger.fieldNone');
  return (
    <QueryView query={query}>
      {(agreed) => (
        <Panel
          title={t('logLedger.rhythm')}
          extra={
            can('logs.sources') ? (
              <FormDrawer label={t('logLedger.rhythmEdit')}>
                {(close) => (
                  <SchemaForm
                    schema={rhythm}
                    initial={rhythm.parse(agreed)}
                    fields={{
                      maxSilenceSeconds: {
                        label: t('logLedger.maxSilence'),
                        help: t('logLedger.maxSilenceHelp'),
                      },
                      beatText: { label: t('logLedger.beatText'), help: t('logLedger.beatTextHelp') },
                      beatSeconds: { label: t('logLedger.beatSeconds') },
                      quiet: { label: t('logLedger.quiet'), help: t('logLedger.quietHelp') },
                    }}
                    extra={t('logLedger.rhythmHint')}
                    submitLabel={t('logLedger.rhythmEdit')}
                    onSubmit={async (body) => {
                      const empty = {
                        maxSilenceSeconds: null,
                        beatText: null,
                        beatSeconds: null,
                        quiet: false,
                      };
                      await call(setRhythm, { params: { id: source.id }, body: { ...empty, ...body } });
                      close();
                      void message.success(t('logLedger.saved'));
                      await client.invalidateQueries({ queryKey: ['logs'] });
                    }}
                  />
                )}
              </FormDrawer>
            ) : null
          }
        >
          <Facts
            items={[
              [t('logLedger.maxSilence'), agreed.maxSilenceSeconds ?? none],
              [t('logLedger.beatText'), agreed.beatText ?? none],
              [t('logLedger.beatSeconds'), agreed.beatSeconds ?? none],
              [t('logLedger.quiet'), agreed.quiet ? '✓' : '—'],
            ]}
          />
        </Panel>
      )}
    </QueryView>
  );
}
