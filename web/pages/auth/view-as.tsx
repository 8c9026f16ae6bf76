import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { startViewAs } from '#auth/contract';
import { call } from '../../app/api.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useForgetEverything } from '../../app/session.ts';
import { SchemaForm } from '../../ui/schema-form.tsx';

/** Starts to look at the system as an account; the banner over every page leads back. */
export function ViewAs({ id, name }: { id: string; name: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const forget = useForgetEverything();
  return (
    <FormDrawer label={t('rights.viewAs')} title={t('rights.viewAsTitle', { name })} size="small">
      {(close) => (
        <SchemaForm
          schema={startViewAs.body!}
          fixed={{ accountId: id }}
          fields={{ reason: { label: t('rights.reason'), autoFocus: true } }}
          extra={t('rights.viewAsHint')}
          submitLabel={t('rights.viewAs')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(startViewAs, { body });
            close();
            await forget();
            await navigate({ to: '/' });
          }}
        />
      )}
    </FormDrawer>
  );
}
