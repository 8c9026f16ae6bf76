import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { getUnitHistory } from '#units/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { useEnumWords } from '../../app/enum-words.ts';
import { toneOf } from '../../app/tones.ts';
import { dateMinute } from '../../ui/moment.ts';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { Timeline } from '../../ui/timeline.tsx';

/** What the unit was when, the acts behind it, and what was corrected. */
export function UnitHistory({ unitId }: { unitId: string }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const query = useQuery({
    queryKey: ['units', 'history', unitId],
    queryFn: ({ signal }) => call(getUnitHistory, { params: { id: unitId } }, { signal }),
  });
  return (
    <QueryView query={query} rows={6}>
      {({ periods, corrected, changes }) => (
        <>
          <Panel title={t('unitTree.history')}>
            <Timeline
              items={periods.map((one) => ({
                key: one.from,
                tone: toneOf('unitState', one.state),
                title: (
                  <>
                    <strong>{one.name}</strong> <EnumTag name="unitState" value={one.state} />
                  </>
                ),
                body: (
                  <>
                    <Days one={one} />
                    {one.parentName ? <div>{t('unitTree.under', { parent: one.parentName })}</div> : null}
                  </>
                ),
              }))}
            />
            {corrected.length === 0 ? null : (
              <details>
                <summary>{t('unitTree.corrected', { count: corrected.length })}</summary>
                <ul>
                  {corrected.map((one) => (
                    <li key={`${one.from}${one.recordedAt}`}>
                      {one.name} · <Days one={one} /> · {one.parentName ?? '—'} ·{' '}
                      <span className="jd-faint">
                        {t('unitTree.correctedOn', {
                          from: dateMinute(one.recordedAt),
                          to: dateMinute(one.supersededAt),
                        })}
                      </span>
                    </li>
                  ))}
                </ul>
              </details>
            )}
          </Panel>
          {changes.length === 0 ? null : (
            <Panel title={t('unitTree.changes')}>
              <Timeline
                items={changes.map((one) => ({
                  key: one.id,
                  tone: toneOf('unitChangeState', one.state),
                  title: (
                    <>
                      <strong>{words('unitChangeKind', one.kind)}</strong>{' '}
                      <EnumTag name="unitChangeState" value={one.state} />
                    </>
                  ),
                  body: (
                    <>
                      <div className="jd-num">
                        {one.effectiveOn} · {one.docNo} · {one.byName}
                      </div>
                      <div className="jd-break">{[one.detail, one.reason].filter(Boolean).join(' · ')}</div>
                      {one.error ? <div>{one.error}</div> : null}
                    </>
                  ),
                }))}
              />
            </Panel>
          )}
        </>
      )}
    </QueryView>
  );
}

/** The days of a period in words. */
function Days({ one }: { one: { from: string; to: string | null } }) {
  const { t } = useTranslation();
  return (
    <span className="jd-num">
      {one.to === null
        ? t('unitTree.historySince', { from: one.from })
        : t('unitTree.historyRange', { from: one.from, to: one.to })}
    </span>
  );
}
