import { useQuery } from '@tanstack/react-query';
import { QRCode, Typography } from 'antd';
import { useTranslation } from 'react-i18next';
import { addTotp, offerTotp } from '#auth/contract';
import { call } from '../../app/api.ts';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';

interface AddAppProps {
  readonly onCancel: () => void;
  readonly onAdded: (recoveryCodes: string[] | null) => Promise<void>;
}

/** Setting an authenticator app up: scan the square (or type the secret), then give the code that it shows. */
export function AddApp({ onCancel, onAdded }: AddAppProps) {
  const { t } = useTranslation();
  const offer = useQuery({
    queryKey: ['totp-offer'],
    queryFn: () => call(offerTotp, {}),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });
  return (
    <QueryView query={offer}>
      {({ secret, uri, state }) => (
        <>
          <ol style={{ paddingInlineStart: 20, marginTop: 0 }}>
            <li>{t('security.appStep1')}</li>
            <li>{t('security.appStep2')}</li>
            <li>{t('security.appStep3')}</li>
          </ol>
          <div style={{ display: 'flex', justifyContent: 'center', margin: '12px 0' }}>
            <span role="img" aria-label={t('security.squareLabel')}>
              <span aria-hidden="true">
                {/* Scanners need dark on light, also in dark mode. */}
                <QRCode value={uri} type="svg" color="#000000" bgColor="#ffffff" size={200} />
              </span>
            </span>
          </div>
          <p className="jd-faint" style={{ marginBottom: 4 }}>
            {t('security.typeInstead')}
          </p>
          <p>
            <Typography.Text className="jd-mono jd-break" copyable={{ text: secret }}>
              {secret.match(/.{1,4}/g)!.join(' ')}
            </Typography.Text>
          </p>
          <SchemaForm
            schema={addTotp.body!}
            fixed={{ state }}
            initial={{ name: t('security.appName') }}
            fields={{
              name: { label: t('security.factorName') },
              code: {
                label: t('security.addCode'),
                help: t('security.addCodeHelp'),
                autoComplete: 'one-time-code',
                secret: true,
                autoFocus: true,
              },
            }}
            submitLabel={t('security.addApp')}
            onCancel={onCancel}
            onSubmit={async (body) => {
              const { recoveryCodes } = await call(addTotp, { body });
              await onAdded(recoveryCodes);
            }}
          />
        </>
      )}
    </QueryView>
  );
}
