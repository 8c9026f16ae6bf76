import { CheckCircleOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Panel } from '../../ui/panel.tsx';
import { FindingsToFix } from './findings-to-fix.tsx';
import { OpenIncidents } from './open-incidents.tsx';
import { RegisterHealth } from './register-health.tsx';
import { TodoList } from './todo-list.tsx';
import type { HomeWork } from './use-home-work.ts';
import { WaitingForMe } from './waiting-for-me.tsx';

/** What must I do, by when? */
export function SchoolHome({ work }: { work: HomeWork }) {
  const { t } = useTranslation();
  const can = useCan();
  return (
    <>
      {work.isIdle ? (
        <Panel>
          <EmptyState
            icon={<CheckCircleOutlined aria-hidden="true" />}
            title={t('home.nothingTitle')}
            hint={t('home.nothingHint')}
            action={<Link to="/messages">{t('home.checkMessages')}</Link>}
          />
        </Panel>
      ) : null}
      <div className="jd-columns">
        <div>
          {can('tasks.work') ? <TodoList work={work} /> : null}
          {can('incidents.read') ? <OpenIncidents query={work.incidents} /> : null}
          {can('findings.read') ? <FindingsToFix query={work.findings} /> : null}
        </div>
        <div>
          {can('trace.reveal_approve') || can('roles.approve') ? (
            <WaitingForMe reveals={work.reveals} grants={work.grants} />
          ) : null}
          {can('sites.read') ? <RegisterHealth /> : null}
        </div>
      </div>
    </>
  );
}
