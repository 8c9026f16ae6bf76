import type { UseQueryResult } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { listRoleGrants } from '#auth/contract';
import type { listReveals } from '#trace/contract';
import type { RouteReply } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { Panel } from '../../ui/panel.tsx';

interface WaitingProps {
  readonly reveals: UseQueryResult<RouteReply<typeof listReveals>>;
  readonly grants: UseQueryResult<RouteReply<typeof listRoleGrants>>;
}

/** What others asked for and this person can decide. One's own requests are not among them. */
export function WaitingForMe({ reveals, grants }: WaitingProps) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const asked = reveals.data?.items.filter((item) => !item.requestedByMe) ?? [];
  const proposed = grants.data?.items ?? [];
  const failure = reveals.error ?? grants.error;
  return (
    <Panel title={t('home.waiting')}>
      {failure ? <ErrorView error={failure} /> : null}
      {!failure && asked.length + proposed.length === 0 ? (
        <p className="jd-faint">{t('home.waitingNone')}</p>
      ) : null}
      <ul className="jd-todo">
        {asked.map((reveal) => (
          <li key={reveal.id} className="jd-todo__item">
            <div className="jd-todo__words">
              {t('home.reveal', { caseNo: reveal.caseNo })}
              <div className="jd-faint jd-num" style={{ fontSize: 13 }}>
                {t('home.revealBy', { name: reveal.requestedBy, time: dateMinute(reveal.requestedAt) })}
              </div>
            </div>
            <Link to="/trace/$id" params={{ id: reveal.traceId }}>
              {t('home.handle')}
            </Link>
          </li>
        ))}
        {proposed.map((grant) => (
          <li key={grant.id} className="jd-todo__item">
            <div className="jd-todo__words">
              {t('home.grant', { name: grant.name, role: words('role', grant.role) })}
              <div className="jd-faint" style={{ fontSize: 13 }}>
                {t('home.grantBy', { name: grant.proposedBy })}
              </div>
            </div>
            <Link to="/users" search={{ tab: 'grants', state: 'proposed' }}>
              {t('home.handle')}
            </Link>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
