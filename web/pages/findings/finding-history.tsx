import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { findingHistory } from '#findings/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import type { Tone } from '../../ui/status-tag.tsx';
import { Timeline } from '../../ui/timeline.tsx';

type Change = RouteReply<typeof findingHistory>['items'][number];

/** What a change is called: its act, or what its states say. */
export function actOf({ act, before, after }: Pick<Change, 'act' | 'before' | 'after'>): string {
  if (act !== 'state') return act;
  if (before === null && after === 'open') return 'found';
  return after === 'open' ? 'reopened' : after;
}

const tones: Readonly<Record<string, Tone>> = {
  found: 'danger',
  reopened: 'danger',
  returned: 'danger',
  lapsed: 'danger',
  ordered: 'warn',
  proposed: 'waiting',
  fixed: 'waiting',
  closed: 'ok',
};

/** What happened to a finding: when, who, in which words. */
export function FindingHistory({ id }: { id: string }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const query = useQuery({
    queryKey: ['findings', id, 'history'],
    queryFn: ({ signal }) => call(findingHistory, { params: { id } }, { signal }),
  });
  return (
    <Panel title={t('findingWork.history')}>
      <QueryView query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="jd-faint">{t('findingWork.historyEmpty')}</p>
          ) : (
            <Timeline
              items={items.map((item) => ({
                key: item.id,
                at: item.at,
                tone: tones[actOf(item)] ?? 'neutral',
                title: words('findingAct', actOf(item)),
                body: [item.byMachine ? t('findingWork.machine') : item.by, item.note]
                  .filter(Boolean)
                  .join(' · '),
              }))}
            />
          )
        }
      </QueryView>
    </Panel>
  );
}
