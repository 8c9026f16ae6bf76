import { App, Modal } from 'antd';
import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { getSession } from '#auth/contract';
import { call } from './api.ts';
import { ApiError } from './api-error.ts';
import { EndedNotice } from './ended-notice.tsx';
import { useUser } from './session.ts';
import { SignInForm } from './sign-in-form.tsx';
import { isSignInWanted, onSignInWanted, settleSignIn } from './sign-in-gate.ts';
import { SsoButtons } from './sso-buttons.tsx';

/**
 * Signing in again over the page when a session has ended: what was typed stays, and the request that found
 * out is sent again. Another person signing in gets a fresh page instead of the first one's.
 */
export function SignInDialog() {
  const { t } = useTranslation();
  const isWanted = useSyncExternalStore(onSignInWanted, isSignInWanted);
  const user = useUser();
  const { message } = App.useApp();

  /** After a sign-in through another system, in this window or another one: whose session is it now? */
  async function goOn() {
    const session = await call(getSession, {}, { quietSignIn: true });
    if (session.user === null) void message.warning(t('sso.notYet'));
    else if (session.user.id === user.id) settleSignIn('signed-in');
    else location.assign('/');
  }

  return (
    <Modal
      open={isWanted}
      title={t('auth.againTitle')}
      footer={null}
      destroyOnHidden
      mask={{ closable: false }}
      onCancel={() => settleSignIn(declined())}
    >
      {isWanted ? <EndedNotice /> : null}
      <p className="jd-faint">{t('auth.againHint')}</p>
      <SignInForm
        // Whoever looked as another signs in as himself; the password of the one he looked as is not his to give.
        {...(user.viewedBy === null ? { username: user.username } : {})}
        onSignedIn={(signedIn) => {
          if (signedIn.id === user.id) settleSignIn('signed-in');
          else location.assign('/');
        }}
      />
      <SsoButtons to="/" inDialog onSignedIn={() => void goOn()} />
    </Modal>
  );
}

function declined(): ApiError {
  return new ApiError(401, 'base.unauthenticated', { zh: '请先登录', en: 'Please sign in' });
}
