import { useTranslation } from 'react-i18next';
import { signIn } from '#auth/contract';
import { SchemaForm } from '../ui/schema-form.tsx';
import { call, type RouteReply } from './api.ts';

interface SignInFormProps {
  readonly username?: string;
  readonly onSignedIn: (user: RouteReply<typeof signIn>['user']) => void;
}

/** User name and password. */
export function SignInForm({ username, onSignedIn }: SignInFormProps) {
  const { t } = useTranslation();
  return (
    <SchemaForm
      schema={signIn.body!}
      initial={username === undefined ? {} : { username }}
      fields={{
        username: { label: t('auth.username'), autoComplete: 'username', autoFocus: username === undefined },
        password: { label: t('auth.password'), widget: 'password', autoFocus: username !== undefined },
      }}
      submitLabel={t('auth.signIn')}
      onSubmit={async (body) => {
        const { user } = await call(signIn, { body }, { quietSignIn: true });
        onSignedIn(user);
      }}
    />
  );
}
