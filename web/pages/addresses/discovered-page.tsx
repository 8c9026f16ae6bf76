import { SyncOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Alert, App, Button, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  adoptDiscovered,
  type Device,
  type Discovered,
  deviceType,
  ignoreDiscovered,
  listDiscovered,
  lookAgain,
} from '#addresses/contract';
import { call } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { listSource } from '../../app/list-source.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';

/** What was seen in the network and is no registered device: adopt it, or ignore it until some day. */
export function DiscoveredPage() {
  const { t } = useTranslation();
  const can = useCan();
  const writes = can('addresses.write');
  const [adopted, setAdopted] = useState<Device>();
  return (
    <>
      <PageHeader
        title={t('deviceRegister.discovered')}
        description={t('deviceRegister.discoveredHint')}
        back={{ to: '/devices', label: t('devices.title') }}
        actions={writes ? <LookNow /> : null}
      />
      {adopted ? (
        <Alert
          type="success"
          showIcon
          style={{ marginBottom: 12 }}
          title={
            <>
              {t('deviceRegister.adoptedAs', { asset: adopted.assetNo })}{' '}
              <Link to="/devices/$id" params={{ id: adopted.id }}>
                {t('deviceRegister.adoptedMore')}
              </Link>
            </>
          }
        />
      ) : null}
      <ListPage
        name="discovered"
        label={t('deviceRegister.discovered')}
        search={t('deviceRegister.discoveredSearch')}
        source={listSource(listDiscovered, ['unitId', 'random', 'ignored'])}
        rowKey={(row) => row.id}
        filters={[
          {
            key: 'random',
            label: t('deviceRegister.random'),
            options: [
              { value: 'true', label: t('deviceRegister.randomYes') },
              { value: 'false', label: t('deviceRegister.randomNo') },
            ],
          },
          {
            key: 'ignored',
            label: t('deviceRegister.state'),
            options: [
              { value: 'false', label: t('deviceRegister.shownOnly') },
              { value: 'true', label: t('deviceRegister.ignoredOnly') },
            ],
          },
        ]}
        columns={[
          {
            key: 'mac',
            title: t('devices.mac'),
            card: 'title',
            render: (row) => (
              <>
                <span className="jd-mono">{row.mac}</span>{' '}
                {row.random ? <StatusTag tone="warn">{t('deviceRegister.randomYes')}</StatusTag> : null}
              </>
            ),
          },
          {
            key: 'ip',
            title: t('devices.ip'),
            render: (row) => <span className="jd-mono">{row.ip ?? '—'}</span>,
          },
          { key: 'hostname', title: t('deviceRegister.hostname'), render: (row) => row.hostname ?? '—' },
          { key: 'unit', field: 'unitName', title: t('devices.unit'), render: (row) => row.unitName },
          {
            key: 'place',
            field: 'switch',
            title: t('deviceRegister.place'),
            render: (row) => [row.switch, row.port].filter(Boolean).join(' ') || '—',
          },
          {
            key: 'firstSeen',
            title: t('deviceRegister.began'),
            render: (row) => dateMinute(row.firstSeen),
          },
          { key: 'lastSeen', title: t('deviceRegister.last'), render: (row) => dateMinute(row.lastSeen) },
          {
            key: 'acts',
            field: 'ignoredReason',
            title: t('deviceRegister.state'),
            render: (row) =>
              writes ? <Acts row={row} onAdopted={setAdopted} /> : (row.ignoredReason ?? '—'),
          },
        ]}
        empty={
          <EmptyState
            title={t('deviceRegister.discoveredEmpty')}
            hint={t('deviceRegister.discoveredEmptyHint')}
          />
        }
      />
    </>
  );
}

function LookNow() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const language = useLanguage();
  const look = useMutation({
    mutationFn: () => call(lookAgain, {}),
    onSuccess: () => void message.success(t('deviceRegister.lookAsked')),
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
  return (
    <Button icon={<SyncOutlined aria-hidden="true" />} loading={look.isPending} onClick={() => look.mutate()}>
      {t('deviceRegister.look')}
    </Button>
  );
}

interface ActsProps {
  readonly row: Discovered;
  readonly onAdopted: (device: Device) => void;
}

function Acts({ row, onAdopted }: ActsProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  return (
    <Space wrap>
      {row.random ? null : <AdoptNow row={row} onAdopted={onAdopted} />}
      <Adopt row={row} />
      <FormDrawer label={t('deviceRegister.ignore')} size="small">
        {(close) => (
          <SchemaForm
            schema={ignoreDiscovered.body!}
            fields={{
              reason: { label: t('deviceRegister.ignoreReason'), widget: 'textarea' },
              until: { label: t('deviceRegister.ignoreUntil') },
            }}
            submitLabel={t('deviceRegister.ignore')}
            onCancel={close}
            onSubmit={async (body) => {
              await call(ignoreDiscovered, { params: { id: row.id }, body });
              await client.invalidateQueries({ queryKey: ['discovered'] });
              void message.success(t('deviceRegister.ignoredDone'));
              close();
            }}
          />
        )}
      </FormDrawer>
      {row.ignoredReason === null ? null : <span className="jd-faint">{row.ignoredReason}</span>}
    </Space>
  );
}

/** Registers what was seen as it was seen, in one click; the page of the device then takes room and person. */
function AdoptNow({ row, onAdopted }: ActsProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  const language = useLanguage();
  const adopt = useMutation({
    mutationFn: () => call(adoptDiscovered, { params: { id: row.id }, body: {} }),
    onSuccess: async (device) => {
      await client.invalidateQueries({ queryKey: ['discovered'] });
      await client.invalidateQueries({ queryKey: ['devices'] });
      onAdopted(device);
    },
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
  return (
    <Button size="small" type="primary" loading={adopt.isPending} onClick={() => adopt.mutate()}>
      {t('deviceRegister.adopt')}
    </Button>
  );
}

/** Filled in from what was seen, for whoever knows more of it. */
function Adopt({ row }: { row: Discovered }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { message } = App.useApp();
  return (
    <FormDrawer label={t('deviceRegister.adoptForm')} size="small">
      {(close) => (
        <SchemaForm
          schema={adoptDiscovered.body!}
          fields={{
            assetNo: { label: t('devices.assetNo') },
            name: { label: t('devices.name') },
            type: { label: t('devices.type'), options: optionsOf(words, 'deviceType', deviceType.options) },
            unitCode: { label: t('devices.unit'), widget: 'unit', gives: 'code' },
            personNo: { label: t('deviceRegister.person'), widget: 'person', gives: 'personNo' },
            room: { label: t('devices.room') },
            ...(row.random
              ? { fixedMac: { label: t('deviceRegister.fixedMac'), help: t('deviceRegister.fixedMacHelp') } }
              : {}),
          }}
          initial={{
            assetNo: `MAC-${row.mac.replaceAll(':', '')}`,
            type: 'computer',
            unitCode: row.unitCode,
            ...(row.hostname === null ? {} : { name: row.hostname }),
          }}
          extra={t('deviceRegister.adoptHint')}
          submitLabel={t('deviceRegister.adopt')}
          onCancel={close}
          onSubmit={async (body) => {
            const device = await call(adoptDiscovered, { params: { id: row.id }, body });
            await client.invalidateQueries({ queryKey: ['discovered'] });
            await client.invalidateQueries({ queryKey: ['devices'] });
            void message.success(t('deviceRegister.adopted'));
            close();
            await navigate({ to: '/devices/$id', params: { id: device.id } });
          }}
        />
      )}
    </FormDrawer>
  );
}
