import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { listRoleGrants } from '#auth/contract';
import { call } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { dateMinute } from '../../ui/moment.ts';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';

/** Roles that were proposed and wait for the other administrator: to be followed, not decided. */
export function ProposedRoles() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const query = useQuery({
    queryKey: ['role-grants', 'proposed'],
    queryFn: ({ signal }) => call(listRoleGrants, { query: { state: 'proposed', pageSize: 10 } }, { signal }),
  });
  return (
    <Panel title={t('homes.admin')} extra={<Link to="/users">{t('action.more')}</Link>}>
      <p className="jd-faint">{t('homes.adminProposed')}</p>
      <QueryView query={query} rows={2}>
        {({ items }) =>
          items.length === 0 ? (
            <p>{t('homes.adminNone')}</p>
          ) : (
            <ul className="jd-todo">
              {items.map((grant) => (
                <li key={grant.id} className="jd-todo__item">
                  <div className="jd-todo__words">
                    {t('home.grant', { name: grant.name, role: words('role', grant.role) })}
                    <div className="jd-faint jd-num" style={{ fontSize: 13 }}>
                      {t('home.grantBy', { name: grant.proposedBy })} · {dateMinute(grant.proposedAt)}
                    </div>
                  </div>
                </li>
              ))}
            </ul>
          )
        }
      </QueryView>
    </Panel>
  );
}
