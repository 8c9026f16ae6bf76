import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type LogSource, sourceRetention } from '#logs/contract';
import { call } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { useCan } from '../../app/session.ts';
import { bytesText } from '../../ui/bytes-text.ts';
import { dateTime } from '../../ui/moment.ts';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { DropItems } from './drop-items.tsx';
import { HoldButton } from './hold-form.tsx';

/** How long a source's logs are kept, and what of them is there. */
export function SourceRetention({ source }: { source: LogSource }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const can = useCan();
  const query = useQuery({
    queryKey: ['logs', 'source-retention', source.id],
    queryFn: ({ signal }) => call(sourceRetention, { params: { id: source.id } }, { signal }),
  });
  return (
    <QueryView query={query}>
      {(one) => (
        <>
          <Panel
            title={t('logRetention.tab')}
            extra={can('logs.hold') ? <HoldButton sourceId={source.id} /> : null}
          >
            <Facts
              items={[
                [t('logRetention.class'), words('logRetention', one.class)],
                [t('logRetention.kept'), t('logRetention.days', { days: one.days })],
                [t('logRetention.least'), t('logRetention.days', { days: one.leastDays })],
                [t('logRetention.oldest'), one.oldest && dateTime(one.oldest)],
                [t('logRetention.present'), one.segments.toLocaleString()],
                [t('logRetention.size'), bytesText(one.rawBytes)],
                [t('logRetention.held'), one.held.toLocaleString()],
                [t('logRetention.moved'), one.moved.toLocaleString()],
                [t('logRetention.dropped'), one.dropped.toLocaleString()],
                [t('logRetention.droppedTo'), one.droppedTo && dateTime(one.droppedTo)],
              ]}
            />
          </Panel>
          <Panel title={t('logRetention.drops')}>
            {one.drops.length === 0 ? (
              <p className="jd-faint">{t('logRetention.noDrops')}</p>
            ) : (
              <DropItems rows={one.drops} />
            )}
          </Panel>
        </>
      )}
    </QueryView>
  );
}
