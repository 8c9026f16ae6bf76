import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Alert } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { errors, giveFactor } from '#auth/contract';
import { Mark } from '../../app/brand.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { insidePath } from '../../app/message-link.tsx';
import { PublicFrame } from '../../app/public-frame.tsx';
import { useForgetEverything, useSession } from '../../app/session.ts';
import { SignInForm } from '../../app/sign-in-form.tsx';

type Kind = 'totp' | 'passkey' | 'recovery';

interface SecondStep {
  readonly ticket: string;
  readonly kinds: Kind[];
  readonly to: string;
}

/** What stands behind `#` of the address: the ticket of the second step. It is taken out of the address at once. */
function readSecondStep(): SecondStep | undefined {
  const hash = new URLSearchParams(location.hash.slice(1));
  const ticket = hash.get('ticket');
  if (!ticket || !giveFactor.body!.shape.ticket.safeParse(ticket).success) return undefined;
  const kinds = (hash.get('kinds') ?? '')
    .split(',')
    .filter((kind): kind is Kind => /^(totp|passkey|recovery)$/.test(kind));
  return { ticket, kinds, to: insidePath(hash.get('to')) ?? '/' };
}

/** Where the other system's answer ends: what became of it, in words, and the way on. */
export function SsoResultPage() {
  const { t } = useTranslation();
  const { code = '' } = useSearch({ from: '/sso-result' });
  const { user } = useSession();
  const [step] = useState(readSecondStep);
  useEffect(() => {
    document.title = `${t('sso.mark')} · ${t('app.name')}`;
    history.replaceState(history.state, '', location.pathname + location.search);
  }, [t]);
  return (
    <PublicFrame>
      <Mark size={44} />
      {step && code === 'factor' ? <Continue step={step} /> : <Outcome code={code} />}
      <p style={{ marginTop: 24 }}>
        {user === null ? (
          <Link to="/sign-in">{t('sso.backToSignIn')}</Link>
        ) : (
          <Link to="/">{t('error.goHome')}</Link>
        )}
      </p>
    </PublicFrame>
  );
}

function Continue({ step }: { step: SecondStep }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const forget = useForgetEverything();
  const { ticket, kinds, to } = step;
  return (
    <>
      <h1 style={{ margin: '16px 0 16px', fontSize: 24 }}>{t('sso.resultFactor')}</h1>
      <SignInForm
        factor={{ ticket, kinds }}
        onSignedIn={async () => {
          await forget();
          await navigate({ href: to });
        }}
      />
    </>
  );
}

function Outcome({ code }: { code: string }) {
  const { t } = useTranslation();
  const language = useLanguage();
  // Only words of the contract: what stands in the address is never shown as it is.
  const words = (errors as Readonly<Record<string, { zh: string; en: string }>>)[code];
  const isPending = code === 'auth.sso_pending';
  const isDone = code === 'done';
  const title = isDone ? t('sso.resultDone') : isPending ? t('sso.resultPending') : t('sso.resultFailed');
  const text = isDone ? t('sso.resultDoneHint') : (words?.[language] ?? t('sso.unknownResult'));
  return (
    <>
      <h1 style={{ margin: '16px 0 16px', fontSize: 24 }}>{title}</h1>
      <Alert
        showIcon
        role="status"
        type={isDone ? 'success' : isPending ? 'info' : 'error'}
        title={text}
        description={
          words && !isPending ? (
            <span className="jd-faint">
              {t('sso.code')} <code>{code}</code>
            </span>
          ) : undefined
        }
      />
    </>
  );
}
