import { KeyOutlined } from '@ant-design/icons';
import { App, Button, Divider } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { giveFactor, signIn, signInByPasskey } from '#auth/contract';
import { ErrorView } from '../ui/error-view.tsx';
import { SchemaForm } from '../ui/schema-form.tsx';
import { call, type RouteReply } from './api.ts';
import { ApiError } from './api-error.ts';
import { askPasskey, canUsePasskeys } from './passkeys.ts';
import { ProofForm } from './proof-form.tsx';

type Reply = RouteReply<typeof signIn>;
type User = NonNullable<Reply['user']>;
type Factor = NonNullable<Reply['factor']>;

interface SignInFormProps {
  readonly username?: string;
  /** A first step that was taken elsewhere (single sign-on) and waits for the second one. */
  readonly factor?: Factor;
  readonly onSignedIn: (user: User) => void;
}

/** Signing in: user name and password, then the second factor if there is one; or a passkey alone. */
export function SignInForm({ username, factor: given, onSignedIn }: SignInFormProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [factor, setFactor] = useState(given);

  function go(reply: Reply) {
    if (reply.endedSessions > 0) void message.info(t('security.oldestEnded', { n: reply.endedSessions }));
    if (reply.factor) setFactor(reply.factor);
    else if (reply.user) onSignedIn(reply.user);
  }

  if (factor) {
    return <SecondStep factor={factor} onReply={go} onBack={() => setFactor(undefined)} />;
  }
  return (
    <>
      <SchemaForm
        schema={signIn.body!}
        initial={username === undefined ? {} : { username }}
        fields={{
          username: {
            label: t('auth.username'),
            autoComplete: 'username',
            autoFocus: username === undefined,
          },
          password: { label: t('auth.password'), widget: 'password', autoFocus: username !== undefined },
        }}
        submitLabel={t('auth.signIn')}
        onSubmit={async (body) => go(await call(signIn, { body }, { quietSignIn: true }))}
      />
      {canUsePasskeys() ? (
        <>
          <Divider plain>{t('security.or')}</Divider>
          <PasskeySignIn onReply={go} />
        </>
      ) : null}
    </>
  );
}

interface SecondStepProps {
  readonly factor: Factor;
  readonly onReply: (reply: Reply) => void;
  readonly onBack: () => void;
}

function SecondStep({ factor, onReply, onBack }: SecondStepProps) {
  const { t } = useTranslation();
  const [isOver, setOver] = useState(false);
  return (
    <>
      <h2 style={{ fontSize: 18, marginTop: 0 }}>{t('security.secondStep')}</h2>
      <p className="jd-faint">{t('security.secondStepHint')}</p>
      <ProofForm
        kinds={factor.kinds}
        ticket={factor.ticket}
        submitLabel={t('auth.signIn')}
        onProof={async ({ code, passkey }) => {
          const body = { ticket: factor.ticket, ...(code && { code }), ...(passkey && { passkey }) };
          try {
            onReply(await call(giveFactor, { body }, { quietSignIn: true }));
          } catch (error) {
            setOver(error instanceof ApiError && error.code === 'auth.ticket_over');
            throw error;
          }
        }}
      />
      <Button type={isOver ? 'primary' : 'link'} style={{ marginTop: 12 }} onClick={onBack}>
        {t('security.beginAgain')}
      </Button>
    </>
  );
}

function PasskeySignIn({ onReply }: { onReply: (reply: Reply) => void }) {
  const { t } = useTranslation();
  const [failure, setFailure] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);

  async function enter() {
    setFailure(undefined);
    setBusy(true);
    try {
      onReply(await call(signInByPasskey, { body: await askPasskey() }, { quietSignIn: true }));
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <>
      <Button block icon={<KeyOutlined aria-hidden="true" />} loading={isBusy} onClick={() => void enter()}>
        {t('security.signInByPasskey')}
      </Button>
      {failure === undefined ? null : (
        <div style={{ marginTop: 12 }}>
          <ErrorView error={failure} />
        </div>
      )}
    </>
  );
}
