import { AlertFilled } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { getPolicy } from '#incidents/contract';
import { getUnit } from '#units/contract';
import { call } from '../../app/api.ts';
import { useCan, useUser } from '../../app/session.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { AdminHome } from './admin-home.tsx';
import { AuditorHome } from './auditor-home.tsx';
import { CityHome } from './city-home.tsx';
import { CountyHome } from './county-home.tsx';
import { type HomeKind, homeKindOf } from './home-kind.ts';
import { SchoolHome } from './school-home.tsx';
import { useHomeWork } from './use-home-work.ts';

/** The first page: the question of one's role, answered. The most urgent first, and a plain word when all is done. */
export function HomePage() {
  const { t } = useTranslation();
  const user = useUser();
  const can = useCan();
  const navigate = useNavigate();
  const kind = useHomeKind();
  const work = useHomeWork();
  const Home = homes[kind];
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
      <Home work={work} />
    </>
  );
}

const homes = {
  school: SchoolHome,
  county: CountyHome,
  city: CityHome,
  auditor: AuditorHome,
  admin: AdminHome,
} as const;

/** Which question this person comes with; a leader's depends on what kind of unit it is. */
function useHomeKind(): HomeKind {
  const user = useUser();
  const can = useCan();
  const needsUnit = user.roles.includes('leader') && user.unitId !== null && can('units.read');
  const unit = useQuery({
    queryKey: ['units', 'own', user.unitId],
    queryFn: ({ signal }) => call(getUnit, { params: { id: user.unitId! } }, { signal }),
    enabled: needsUnit,
    staleTime: 600_000,
  });
  return homeKindOf(user.roles, unit.data?.kind);
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
