import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Mark } from '../../app/brand.tsx';
import { EndedNotice } from '../../app/ended-notice.tsx';
import { insidePath } from '../../app/message-link.tsx';
import { PublicFrame } from '../../app/public-frame.tsx';
import { useForgetEverything } from '../../app/session.ts';
import { SignInForm } from '../../app/sign-in-form.tsx';
import { SsoButtons } from '../../app/sso-buttons.tsx';

/** Signing in; afterwards back to the page that was asked for. */
export function SignInPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const forget = useForgetEverything();
  const { to } = useSearch({ from: '/sign-in' });
  useEffect(() => {
    document.title = `${t('auth.signIn')} · ${t('app.name')}`;
  }, [t]);
  async function enter() {
    await forget();
    // Only a path of this product: an address from outside must not lead a fresh session elsewhere.
    await navigate({ href: insidePath(to ?? null) ?? '/' });
  }

  return (
    <PublicFrame>
      <Mark size={44} />
      <h1 style={{ margin: '16px 0 4px', fontSize: 24 }}>{t('auth.welcome')}</h1>
      <p className="jd-faint" style={{ marginBottom: 24 }}>
        {t('auth.welcomeHint')}
      </p>
      <EndedNotice />
      <SignInForm onSignedIn={enter} />
      <SsoButtons to={insidePath(to ?? null) ?? '/'} onSignedIn={enter} />
    </PublicFrame>
  );
}
