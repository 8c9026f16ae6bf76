import { AlertFilled, CheckCircleOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { listRoleGrants } from '#auth/contract';
import { listFindings } from '#findings/contract';
import { getPolicy, listIncidents } from '#incidents/contract';
import { listReveals } from '#trace/contract';
import { call } from '../../app/api.ts';
import { useCan, useUser } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { Panel } from '../../ui/panel.tsx';
import { FindingsToFix } from './findings-to-fix.tsx';
import { OpenIncidents } from './open-incidents.tsx';
import { RegisterHealth } from './register-health.tsx';
import { WaitingForMe } from './waiting-for-me.tsx';

/** What must I do now? The most urgent first, and a plain word when there is nothing. */
export function HomePage() {
  const { t } = useTranslation();
  const user = useUser();
  const can = useCan();
  const navigate = useNavigate();
  const work = useHomeWork();
  return (
    <>
      <PageHeader
        title={t('home.greeting', { name: user.name })}
        description={work.isIdle ? t('home.hintIdle') : t('home.hintBusy')}
        actions={
          can('incidents.report') ? (
            <Button
              type="primary"
              danger
              size="large"
              icon={<AlertFilled aria-hidden="true" />}
              onClick={() => void navigate({ to: '/incidents/report' })}
            >
              {t('home.report')}
            </Button>
          ) : null
        }
      />
      <MissingPolicy />
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

/** The home page's lists, each only asked for when this person may see it. */
function useHomeWork() {
  const can = useCan();
  const incidents = useQuery({
    queryKey: ['incidents', 'home'],
    queryFn: ({ signal }) => call(listIncidents, { query: { pageSize: 20 } }, { signal }),
    enabled: can('incidents.read'),
  });
  const findings = useQuery({
    queryKey: ['findings', 'home'],
    queryFn: ({ signal }) => call(listFindings, { query: { state: 'open', pageSize: 5 } }, { signal }),
    enabled: can('findings.read'),
  });
  const reveals = useQuery({
    queryKey: ['reveals', 'home'],
    queryFn: ({ signal }) => call(listReveals, { query: { state: 'requested', pageSize: 20 } }, { signal }),
    enabled: can('trace.reveal_approve'),
  });
  const grants = useQuery({
    queryKey: ['role-grants', 'home'],
    queryFn: ({ signal }) => call(listRoleGrants, { query: { state: 'proposed', pageSize: 20 } }, { signal }),
    enabled: can('roles.approve') && can('accounts.read'),
  });
  const lists = [incidents, findings, reveals, grants];
  const isKnown = lists.every((list) => !list.isLoading && !list.isError);
  const open = incidents.data?.items.filter((item) => item.closedAt === null).length ?? 0;
  const waiting =
    (reveals.data?.items.filter((item) => !item.requestedByMe).length ?? 0) + (grants.data?.total ?? 0);
  return {
    incidents,
    findings,
    reveals,
    grants,
    isIdle: isKnown && open + waiting + (findings.data?.total ?? 0) === 0,
  };
}

/** Told to those who can set it: without a policy no clock can start. */
function MissingPolicy() {
  const { t } = useTranslation();
  const can = useCan();
  const mayAsk = can('incidents.read') && can('incidents.policy');
  const { data } = useQuery({
    queryKey: ['incidents', 'policy'],
    queryFn: ({ signal }) => call(getPolicy, {}, { signal }),
    enabled: mayAsk,
  });
  if (!mayAsk || data !== null) return null;
  return (
    <Alert
      type="warning"
      showIcon
      style={{ marginBottom: 16 }}
      title={t('home.policyMissing')}
      description={t('home.policyMissingHint')}
      action={<Link to="/policy">{t('home.setPolicy')}</Link>}
    />
  );
}
