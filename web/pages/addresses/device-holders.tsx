import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { deviceHolders } from '#addresses/contract';
import { call } from '../../app/api.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { Facts } from '../../ui/panel.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';

interface Named {
  readonly holder: number;
  readonly name: string | null;
}

/** The names behind the numbers of the history: for the device's own unit, with a reason that is written down. */
export function DeviceHolders({ deviceId }: { deviceId: string }) {
  const { t } = useTranslation();
  const [named, setNamed] = useState<readonly Named[]>();
  return (
    <FormDrawer label={t('deviceRegister.holders')} size="small">
      {(close) =>
        named === undefined ? (
          <SchemaForm
            schema={deviceHolders.body!}
            fields={{ reason: { label: t('deviceRegister.holdersReason'), widget: 'textarea' } }}
            extra={t('deviceRegister.holdersHint')}
            submitLabel={t('deviceRegister.holders')}
            onCancel={close}
            onSubmit={async (body) => {
              const reply = await call(deviceHolders, { params: { id: deviceId }, body });
              setNamed(reply.items);
            }}
          />
        ) : named.length === 0 ? (
          <p>{t('deviceRegister.holdersNone')}</p>
        ) : (
          <Facts
            items={named.map(
              ({ holder, name }) =>
                [t('deviceRegister.holder', { n: holder }), name ?? t('deviceRegister.holderMinor')] as const,
            )}
          />
        )
      }
    </FormDrawer>
  );
}
