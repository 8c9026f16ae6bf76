import { EditOutlined, PlusOutlined, StopOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import { changeDevice, createDevice, type Device, deviceType, retireDevice } from '#addresses/contract';
import { call } from '../../app/api.ts';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';

function useDeviceFields() {
  const { t } = useTranslation();
  const words = useEnumWords();
  return {
    assetNo: { label: t('devices.assetNo'), example: 'A-0001' },
    name: { label: t('devices.name') },
    type: { label: t('devices.type'), options: optionsOf(words, 'deviceType', deviceType.options) },
    unitCode: { label: t('devices.unit'), widget: 'unit', gives: 'code' },
    ips: { label: t('deviceRegister.ips'), example: '10.1.0.10' },
    macs: { label: t('deviceRegister.macs'), example: '00:00:5e:00:53:01' },
    personNo: { label: t('deviceRegister.person'), widget: 'person', gives: 'personNo' },
    room: { label: t('devices.room') },
    switch: { label: t('deviceRegister.switch') },
    port: { label: t('deviceRegister.port'), example: 'Gi1/0/12' },
    realm: { label: t('deviceRegister.realm'), help: t('deviceRegister.realmHelp') },
    note: { label: t('deviceRegister.note'), widget: 'textarea' },
    since: { label: t('deviceRegister.since'), help: t('deviceRegister.sinceHelp') },
  } as const;
}

function useDone() {
  const client = useQueryClient();
  const { message } = App.useApp();
  return async (words: string, close: () => void) => {
    await client.invalidateQueries({ queryKey: ['devices'] });
    void message.success(words);
    close();
  };
}

/** Registers one device by hand. */
export function AddDevice() {
  const { t } = useTranslation();
  const fields = useDeviceFields();
  const done = useDone();
  return (
    <FormDrawer label={t('deviceRegister.add')} icon={<PlusOutlined aria-hidden="true" />} type="primary">
      {(close) => (
        <SchemaForm
          schema={createDevice.body!}
          fields={fields}
          initial={{ type: 'computer' }}
          draft="devices.add"
          submitLabel={t('deviceRegister.add')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(createDevice, { body });
            await done(t('deviceRegister.added'), close);
          }}
        />
      )}
    </FormDrawer>
  );
}

/** States anew what holds of a device; who is editing an older version is told so. */
export function EditDevice({ device }: { device: Device }) {
  const { t } = useTranslation();
  const { personNo, ...fields } = useDeviceFields();
  const done = useDone();
  const given = { room: device.room, switch: device.switch, port: device.port, note: device.note };
  const texts = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
  return (
    <FormDrawer label={t('deviceRegister.edit')} icon={<EditOutlined aria-hidden="true" />}>
      {(close) => (
        <SchemaForm
          schema={changeDevice.body!}
          fields={{
            ...fields,
            personNo: { ...personNo, help: t('deviceRegister.personHelp') },
            noHolder: { label: t('deviceRegister.noHolder') },
          }}
          fixed={{ revision: device.revision }}
          initial={{
            assetNo: device.assetNo,
            name: device.name,
            type: device.type,
            unitCode: device.unitCode,
            ips: device.ips,
            macs: device.macs,
            realm: device.realm,
            ...texts,
          }}
          submitLabel={t('action.save')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(changeDevice, { params: { id: device.id }, body });
            await done(t('deviceRegister.saved'), close);
          }}
        />
      )}
    </FormDrawer>
  );
}

/** Takes a device out of use. */
export function RetireDevice({ device }: { device: Device }) {
  const { t } = useTranslation();
  const done = useDone();
  return (
    <FormDrawer label={t('deviceRegister.retire')} icon={<StopOutlined aria-hidden="true" />} danger>
      {(close) => (
        <SchemaForm
          schema={retireDevice.body!}
          fields={{
            reason: { label: t('deviceRegister.retireReason'), widget: 'textarea' },
            since: { label: t('deviceRegister.retireSince') },
          }}
          extra={t('deviceRegister.retireHint')}
          submitLabel={t('deviceRegister.retire')}
          danger
          onCancel={close}
          onSubmit={async (body) => {
            await call(retireDevice, { params: { id: device.id }, body });
            await done(t('deviceRegister.retiredDone'), close);
          }}
        />
      )}
    </FormDrawer>
  );
}
