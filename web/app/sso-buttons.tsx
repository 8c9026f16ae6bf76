import { LoginOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Divider } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { errors, listSignInMethods, signInByDirectory } from '#auth/contract';
import { SchemaForm } from '../ui/schema-form.tsx';
import { call, type RouteReply } from './api.ts';
import { useLanguage } from './i18n.ts';
import { SignInForm } from './sign-in-form.tsx';

type Method = RouteReply<typeof listSignInMethods>['items'][number];
type Factor = NonNullable<NonNullable<RouteReply<typeof signInByDirectory>['entry']>['factor']>;

interface SsoButtonsProps {
  /** Where to go after signing in: a path of this product. */
  readonly to: string;
  readonly onSignedIn: () => unknown;
  /** Over a page with work in it: the other system opens in another window. */
  readonly inDialog?: boolean;
}

/** The systems through which one can sign in: a button each, a directory with its own form. */
export function SsoButtons({ to, onSignedIn, inDialog = false }: SsoButtonsProps) {
  const { t } = useTranslation();
  const methods = useQuery({
    queryKey: ['sso-methods'],
    queryFn: ({ signal }) => call(listSignInMethods, {}, { signal, quietSignIn: true }),
  });
  // The password form above works without this list: a failure to read it stays a shorter page.
  const items = methods.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <>
      <Divider plain>{t('sso.or')}</Divider>
      <div style={{ display: 'grid', gap: 12 }}>
        {items.map((method) =>
          method.form ? (
            <DirectoryForm key={method.id} method={method} onSignedIn={onSignedIn} />
          ) : (
            <RedirectButton key={method.id} method={method} to={to} inDialog={inDialog} />
          ),
        )}
      </div>
      {inDialog && items.some(({ form }) => !form) ? (
        <>
          <p className="jd-faint">{t('sso.newWindow')}</p>
          <Button block onClick={() => onSignedIn()}>
            {t('sso.signedInElsewhere')}
          </Button>
        </>
      ) : null}
    </>
  );
}

/** The name of a method in the reader's language. */
export function useMethodName(): (method: { readonly nameZh: string; readonly nameEn: string }) => string {
  const language = useLanguage();
  return (method) => (language === 'zh' ? method.nameZh : method.nameEn);
}

function RedirectButton({ method, to, inDialog }: { method: Method; to: string; inDialog: boolean }) {
  const { t } = useTranslation();
  const nameOf = useMethodName();
  const after = inDialog ? '/sso-result?code=done' : to;
  const query = after === '/' ? '' : `?to=${encodeURIComponent(after)}`;
  return (
    <Button
      block
      href={`/api/sso/${method.id}/start${query}`}
      {...(inDialog && { target: '_blank', rel: 'noopener' })}
      icon={<LoginOutlined aria-hidden="true" />}
    >
      {t('sso.through', { name: nameOf(method) })}
    </Button>
  );
}

function DirectoryForm({ method, onSignedIn }: { method: Method; onSignedIn: () => unknown }) {
  const { t } = useTranslation();
  const nameOf = useMethodName();
  const language = useLanguage();
  const [isOpen, setOpen] = useState(false);
  const [isPending, setPending] = useState(false);
  const [factor, setFactor] = useState<Factor>();
  const name = nameOf(method);
  if (factor) return <SignInForm factor={factor} onSignedIn={onSignedIn} />;
  if (isPending)
    return <Alert showIcon type="info" role="status" title={errors['auth.sso_pending'][language]} />;
  return (
    <div>
      <Button
        block
        aria-expanded={isOpen}
        icon={<LoginOutlined aria-hidden="true" />}
        onClick={() => setOpen(!isOpen)}
      >
        {isOpen ? t('sso.hideForm') : t('sso.through', { name })}
      </Button>
      {isOpen ? (
        <div style={{ marginTop: 16 }}>
          <SchemaForm
            schema={signInByDirectory.body!}
            fixed={{ link: false }}
            fields={{
              username: {
                label: t('sso.directoryUser', { name }),
                autoComplete: 'username',
                autoFocus: true,
              },
              password: { label: t('sso.directoryPassword', { name }), widget: 'password' },
            }}
            submitLabel={t('auth.signIn')}
            onSubmit={async (body) => {
              const { pending, entry } = await call(
                signInByDirectory,
                { params: { id: method.id }, body },
                { quietSignIn: true },
              );
              if (pending) setPending(true);
              else if (entry?.factor) setFactor(entry.factor);
              else await onSignedIn();
            }}
          />
        </div>
      ) : null}
    </div>
  );
}
