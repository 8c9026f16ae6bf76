import { ClockCircleOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type LogSource, newClockReading, readClock, withdrawClockReading } from '#logs/contract';
import { call } from '../../app/api.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { offsetText } from './clock-text.tsx';
import { useSourceDone } from './source-acts.tsx';

/** Notes what the display of a source showed at a right time: nothing else tells the clock of one that gives files. */
export function ReadClock({ source }: { source: LogSource }) {
  const { t } = useTranslation();
  const done = useClockDone();
  return (
    <FormDrawer label={t('logSources.clockRead')} icon={<ClockCircleOutlined aria-hidden="true" />}>
      {(close) => (
        <SchemaForm
          schema={newClockReading}
          fields={{
            shown: {
              label: t('logSources.clockShown'),
              help: t('logSources.clockShownHelp', { zone: source.zone }),
            },
            at: { label: t('logSources.clockRight'), help: t('logSources.clockRightHelp') },
            withinSeconds: {
              label: t('logSources.clockWithin'),
              help: t('logSources.clockWithinHelp'),
            },
            note: { label: t('logSources.clockNote'), help: t('logSources.clockNoteHelp') },
          }}
          extra={t('logSources.clockReadHint')}
          submitLabel={t('logSources.clockRead')}
          onSubmit={async (body) => {
            const { offsetMs } = await call(readClock, { params: { id: source.id }, body });
            close();
            await done(t('logSources.clockReadDone', { offset: offsetText(offsetMs, t) }));
          }}
        />
      )}
    </FormDrawer>
  );
}

/** A mistaken reading is taken back and stays in the list. */
export function WithdrawReading({ source, id }: { source: LogSource; id: number }) {
  const { t } = useTranslation();
  const done = useClockDone();
  return (
    <FormDrawer label={t('logSources.clockWithdraw')} size="small">
      {(close) => (
        <SchemaForm
          schema={withdrawClockReading.body!}
          fields={{ reason: { label: t('logSources.reason'), widget: 'textarea' } }}
          danger
          submitLabel={t('logSources.clockWithdraw')}
          onSubmit={async (body) => {
            await call(withdrawClockReading, { params: { id: source.id, reading: id }, body });
            close();
            await done(t('logSources.clockWithdrawDone'));
          }}
        />
      )}
    </FormDrawer>
  );
}

function useClockDone() {
  const client = useQueryClient();
  const sourceDone = useSourceDone();
  return async (words: string) => {
    await client.invalidateQueries({ queryKey: ['log-clock'] });
    await sourceDone(words);
  };
}
