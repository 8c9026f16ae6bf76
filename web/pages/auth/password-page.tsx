import { useNavigate } from '@tanstack/react-router';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import { changePassword } from '#auth/contract';
import { call } from '../../app/api.ts';
import { usePasswordRule } from '../../app/password-rule.ts';
import { useForgetEverything, useUser } from '../../app/session.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Panel } from '../../ui/panel.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';

/** Changing one's own password; forced at the first sign-in. */
export function PasswordPage() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const forget = useForgetEverything();
  const { mustFirst } = useUser();
  const rule = usePasswordRule();
  const why = {
    'auth.password_expired': t('auth.mustChange'),
    'auth.password_too_old': t('security.tooOld'),
  }[mustFirst ?? ''];
  return (
    <>
      <PageHeader title={t('user.changePassword')} description={why ?? t('security.othersEnd')} />
      <Panel>
        <div style={{ maxWidth: 420 }}>
          <SchemaForm
            schema={changePassword.body!}
            fields={{
              current: { label: t('auth.currentPassword'), widget: 'password' },
              next: { label: t('auth.newPassword'), widget: 'new-password', help: rule },
            }}
            submitLabel={t('user.changePassword')}
            onSubmit={async (body) => {
              await call(changePassword, { body });
              await forget();
              void message.success(t('auth.passwordChanged'));
              await navigate({ to: '/' });
            }}
          />
        </div>
      </Panel>
    </>
  );
}
