import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { listAccounts } from '#auth/contract';
import { call } from '../../app/api.ts';
import { useCan } from '../../app/session.ts';
import { countText } from '../../ui/count-text.ts';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { ProposedRoles } from './proposed-roles.tsx';
import { TodoList } from './todo-list.tsx';
import type { HomeWork } from './use-home-work.ts';
import { WaitingForMe } from './waiting-for-me.tsx';

/** What waits for the administrators: roles to decide or to follow, accounts. */
export function AdminHome({ work }: { work: HomeWork }) {
  const can = useCan();
  return (
    <div className="jd-columns">
      <div>
        {can('roles.approve') ? (
          <WaitingForMe reveals={work.reveals} grants={work.grants} />
        ) : (
          <ProposedRoles />
        )}
        {can('tasks.work') ? <TodoList work={work} /> : null}
      </div>
      <div>{can('accounts.read') ? <Accounts /> : null}</div>
    </div>
  );
}

function Accounts() {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['accounts', 'count'],
    queryFn: ({ signal }) => call(listAccounts, { query: { pageSize: 1 } }, { signal }),
  });
  return (
    <Panel title={t('homes.adminAccounts')} extra={<Link to="/users">{t('homes.adminOpenAccounts')}</Link>}>
      <QueryView query={query} rows={1}>
        {(list) => <p className="jd-num">{t('homes.adminAccountsCount', { rows: countText(list) })}</p>}
      </QueryView>
    </Panel>
  );
}
