import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Alert, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getFactors } from '#auth/contract';
import { call } from '../../app/api.ts';
import { useUser } from '../../app/session.ts';
import { requestProof } from '../../app/step-up-gate.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { OwnBindings } from '../sso/own-bindings.tsx';
import { FactorList } from './factor-list.tsx';
import { MySessions } from './my-sessions.tsx';
import { RecoveryCodes, RenewRecoveryCodes } from './recovery-codes.tsx';

/** Whoever declines stays where he is: the page goes on asking. */
function prove(): void {
  requestProof(null).then(
    () => undefined,
    () => undefined,
  );
}

/** One's own password, second factors, recovery codes and sessions. */
export function SecurityPage() {
  const { t } = useTranslation();
  const user = useUser();
  const [codes, setCodes] = useState<readonly string[]>();
  const factors = useQuery({
    queryKey: ['my-factors'],
    queryFn: ({ signal }) => call(getFactors, {}, { signal }),
  });
  const days = user.passwordDaysLeft;
  return (
    <>
      <PageHeader title={t('security.title')} description={t('security.hint')} />
      {user.mustFirst === 'auth.factor_enrol' ? (
        <Alert
          showIcon
          type="warning"
          style={{ marginBottom: 16 }}
          title={t('security.mustEnrol')}
          description={t('security.mustEnrolHint')}
        />
      ) : null}
      {user.mustFirst === 'auth.factor_needed' ? (
        <Alert
          showIcon
          type="warning"
          style={{ marginBottom: 16 }}
          title={t('security.mustProve')}
          action={
            <Button type="primary" onClick={prove}>
              {t('security.prove')}
            </Button>
          }
        />
      ) : null}
      {codes ? <RecoveryCodes codes={codes} onKept={() => setCodes(undefined)} /> : null}
      <Panel title={t('security.factors')}>
        <p className="jd-faint">{t('security.factorsHint')}</p>
        <QueryView query={factors}>
          {(data) => (
            <>
              <FactorList data={data} onCodes={setCodes} />
              {data.items.length > 0 ? (
                <RenewRecoveryCodes left={data.recoveryCodesLeft} onCodes={setCodes} />
              ) : null}
            </>
          )}
        </QueryView>
      </Panel>
      <Panel title={t('auth.password')}>
        <p style={{ margin: 0 }}>
          {days === null ? null : <>{t('security.passwordDays', { days: Math.max(0, days) })} </>}
          <Link to="/password">{t('user.changePassword')}</Link>
        </p>
      </Panel>
      <OwnBindings />
      <MySessions />
    </>
  );
}
