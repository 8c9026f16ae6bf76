import { EditOutlined, PlusOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { App, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { authProtocol, changePoller, createPoller, type Poller, privProtocol } from '#addresses/contract';
import { call } from '../../app/api.ts';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';

/** Says that it is done and fetches the list again. */
export function usePollerDone() {
  const client = useQueryClient();
  const { message } = App.useApp();
  return async (words: string) => {
    await client.invalidateQueries({ queryKey: ['pollers'] });
    void message.success(words);
  };
}

function usePollerFields(secretHelp: string) {
  const { t } = useTranslation();
  const words = useEnumWords();
  return {
    name: { label: t('pollers.name') },
    target: { label: t('pollers.target'), example: '10.1.0.1' },
    port: { label: t('pollers.port') },
    intervalSeconds: { label: t('pollers.interval'), help: t('pollers.intervalHelp') },
    secret: {
      label: t('pollers.secret'),
      help: secretHelp,
      secret: true,
      fields: {
        version: { label: t('pollers.version'), options: optionsOf(words, 'snmpVersion', ['2c', '3']) },
        community: { label: t('pollers.community'), widget: 'new-password' },
        user: { label: t('pollers.user') },
        authProtocol: {
          label: t('pollers.authProtocol'),
          options: optionsOf(words, 'snmpAuth', authProtocol.options),
        },
        authKey: { label: t('pollers.authKey'), widget: 'new-password' },
        privProtocol: {
          label: t('pollers.privProtocol'),
          options: optionsOf(words, 'snmpPriv', privProtocol.options),
        },
        privKey: { label: t('pollers.privKey'), widget: 'new-password' },
      },
    },
  } as const;
}

/** Registers a device to be read. */
export function AddPoller() {
  const { t } = useTranslation();
  const { name, ...fields } = usePollerFields(t('pollers.secretHelp'));
  const done = usePollerDone();
  return (
    <FormDrawer label={t('pollers.add')} icon={<PlusOutlined aria-hidden="true" />} type="primary">
      {(close) => (
        <SchemaForm
          schema={createPoller.body!}
          fields={{
            name,
            unitCode: { label: t('pollers.unit'), widget: 'unit', gives: 'code' },
            realm: { label: t('pollers.realm'), help: t('pollers.realmHelp') },
            ...fields,
          }}
          initial={{
            port: 161,
            realm: 'main',
            intervalSeconds: 900,
            secret: { version: '2c', authProtocol: 'sha', privProtocol: 'aes' },
          }}
          submitLabel={t('pollers.add')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(createPoller, { body });
            close();
            await done(t('pollers.added'));
          }}
        />
      )}
    </FormDrawer>
  );
}

/** Changes where and how often a device is read; its credentials only when they are typed anew. */
export function EditPoller({ poller }: { poller: Poller }) {
  const { t } = useTranslation();
  const { secret, ...fields } = usePollerFields(t('pollers.secretHelp'));
  const done = usePollerDone();
  const { name, target, port, intervalSeconds } = poller;
  return (
    <Space size="small">
      <FormDrawer label={t('pollers.edit')} size="small" icon={<EditOutlined aria-hidden="true" />}>
        {(close) => (
          <SchemaForm
            schema={changePoller.body!}
            fields={fields}
            initial={{ name, target, port, intervalSeconds }}
            submitLabel={t('action.save')}
            onCancel={close}
            onSubmit={async (body) => {
              await call(changePoller, { params: { id: poller.id }, body });
              close();
              await done(t('pollers.saved'));
            }}
          />
        )}
      </FormDrawer>
      <FormDrawer label={t('pollers.secret')} size="small">
        {(close) => (
          <SchemaForm
            schema={changePoller.body!.required({ secret: true })}
            fields={{ secret }}
            initial={{ secret: { version: poller.version, authProtocol: 'sha', privProtocol: 'aes' } }}
            submitLabel={t('action.save')}
            onCancel={close}
            onSubmit={async (body) => {
              await call(changePoller, { params: { id: poller.id }, body });
              close();
              await done(t('pollers.saved'));
            }}
          />
        )}
      </FormDrawer>
    </Space>
  );
}
