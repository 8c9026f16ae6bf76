import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { type FiveFact, getFiveInPlace } from '#units/contract';
import { call } from '../../app/api.ts';
import { ApiError } from '../../app/api-error.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { useEnumWords } from '../../app/enum-words.ts';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { type Tone, toneIcon } from '../../ui/status-tag.tsx';
import './people.css';

const factTones: Record<FiveFact['state'], Tone> = {
  met: 'ok',
  partly: 'warn',
  missing: 'danger',
  unknown: 'neutral',
};

/** 五到位 of a unit on a day (default today): each flag with the facts it rests on and where to mend them. */
export function FiveInPlace({ unitId, on }: { unitId: string; on?: string }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const query = useQuery({
    queryKey: ['five', unitId, on],
    queryFn: ({ signal }) =>
      call(getFiveInPlace, { params: { id: unitId }, query: on ? { on } : {} }, { signal }),
  });
  // The bureau above is seen by its schools, but not what it has in place.
  if (query.error instanceof ApiError && query.error.code === 'base.not_found') return null;
  return (
    <Panel
      title={t('posts.five')}
      extra={query.data ? <span>{t('posts.fiveCount', { count: query.data.inPlace })}</span> : null}
    >
      <p className="jd-faint">{on ? t('posts.fiveOn', { day: on }) : t('posts.fiveHint')}</p>
      <QueryView query={query} rows={5}>
        {({ flags }) => (
          <>
            {flags.map(({ flag, state, facts }) => (
              <section key={flag} style={{ marginTop: 12 }}>
                <h3 style={{ display: 'flex', gap: 8, alignItems: 'center', margin: 0, fontSize: 15 }}>
                  {words('fiveFlag', flag)}
                  <EnumTag name="fiveState" value={state} />
                </h3>
                <ul className="jd-plain-list">
                  {facts.map((fact, place) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: facts of one answer have no other identity
                    <FactLine key={`${fact.code}${place}`} fact={fact} />
                  ))}
                </ul>
              </section>
            ))}
          </>
        )}
      </QueryView>
    </Panel>
  );
}

function FactLine({ fact }: { fact: FiveFact }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const say = t as unknown as (keys: readonly string[], values: object) => string;
  const tone = factTones[fact.state];
  const state = fact.state === 'met' ? 'in_place' : fact.state;
  const lack = fact.state === 'met' ? '' : `${fact.code}${fact.on === null ? '' : '_on'}`;
  return (
    <li style={{ display: 'flex', gap: 8, alignItems: 'baseline', marginTop: 4 }}>
      <span className={`jd-tag jd-tag--${tone}`}>
        <span aria-hidden="true">{toneIcon(tone)}</span>
        {words('fiveState', state)}
      </span>
      <span>
        {say([`fiveLacks.${lack}`, `fiveFacts.${fact.code}`], {
          about: fact.about ?? t('posts.notRegistered'),
          on: fact.on ?? '—',
          defaultValue: fact.code,
        })}{' '}
        {fact.link && fact.state !== 'met' ? <Link to={fact.link}>{t('posts.fiveMend')}</Link> : null}
      </span>
    </li>
  );
}
