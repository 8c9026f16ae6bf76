import { useCan } from '../../app/session.ts';
import { FindingsToFix } from './findings-to-fix.tsx';
import { OpenIncidents } from './open-incidents.tsx';
import { RegisterHealth } from './register-health.tsx';
import { SchoolMatrix } from './school-matrix.tsx';
import { SiteComparison } from './site-comparison.tsx';
import { TodoList } from './todo-list.tsx';
import { UnknownAssets } from './unknown-assets.tsx';
import type { HomeWork } from './use-home-work.ts';
import { WaitingForMe } from './waiting-for-me.tsx';

/** Where is risk? */
export function CityHome({ work }: { work: HomeWork }) {
  const can = useCan();
  return (
    <>
      <div className="jd-columns">
        <div>
          {can('incidents.read') ? <OpenIncidents query={work.incidents} /> : null}
          {can('sites.read') ? <SiteComparison /> : null}
          {can('tasks.work') ? <TodoList work={work} /> : null}
          {can('findings.read') ? <FindingsToFix query={work.findings} /> : null}
        </div>
        <div>
          {can('trace.reveal_approve') || can('roles.approve') ? (
            <WaitingForMe reveals={work.reveals} grants={work.grants} />
          ) : null}
          {can('sites.read') && can('addresses.read') ? <UnknownAssets /> : null}
          {can('sites.read') ? <RegisterHealth /> : null}
        </div>
      </div>
      {can('tasks.team') ? <SchoolMatrix /> : null}
    </>
  );
}
