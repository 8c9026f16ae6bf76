import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { type DrillReason, drillReason, listDrillResults } from '#trace/contract';
import { call } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { Panel } from '../../ui/panel.tsx';
import { RemedyLink } from '../findings/finding-remedy.tsx';
import { remedyOfReason } from '../findings/remedy.ts';
import './trace.css';

/** Why points of a school were not proven; each leads to where it is mended. */
export function DrillReasons({ reasons }: { reasons: readonly DrillReason[] }) {
  const words = useEnumWords();
  if (reasons.length === 0) return '—';
  return (
    <>
      {reasons.map((reason) => {
        const { key, to, search } = remedyOfReason(reason);
        return (
          <div key={reason}>
            <Link
              to={to as never}
              {...(search && { search: search as never })}
              title={words('findingSteps', key)}
            >
              {words('drillReason', reason)}
            </Link>
          </div>
        );
      })}
    </>
  );
}

/** What to do about every reason that a drill told. */
export function DrillRemedies({ drillId }: { drillId: string }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const { data } = useQuery({
    queryKey: ['trace-drills', drillId, 'reasons'],
    queryFn: ({ signal }) => call(listDrillResults, { query: { drillId, pageSize: 200 } }, { signal }),
  });
  const told = new Map<DrillReason, number>();
  for (const { because } of data?.items ?? [])
    for (const one of because) told.set(one, (told.get(one) ?? 0) + 1);
  const reasons = drillReason.options.filter((one) => told.has(one));
  if (reasons.length === 0) return null;
  return (
    <Panel title={t('traceDrills.remedies')}>
      <dl className="jd-remedies">
        {reasons.map((reason) => {
          const remedy = remedyOfReason(reason);
          return (
            <div key={reason}>
              <dt>
                {t('traceDrills.reasonOf', {
                  reason: words('drillReason', reason),
                  count: told.get(reason) ?? 0,
                })}
              </dt>
              <dd>
                {words('findingSteps', remedy.key)}{' '}
                <span className="jd-no-print">
                  <RemedyLink remedy={remedy} />
                </span>
              </dd>
            </div>
          );
        })}
      </dl>
    </Panel>
  );
}
