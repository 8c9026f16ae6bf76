import { DownloadOutlined, EyeOutlined, QrcodeOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { App, Button, Space, Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import { deviceSheet, deviceType, exportDevices, importDevices, listDevices } from '#addresses/contract';
import { download } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { useLanguage } from '../../app/i18n.ts';
import { ImportButton } from '../../app/import-button.tsx';
import { listSource } from '../../app/list-source.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import { AddDevice } from './device-form.tsx';

/** The device register. Names are not shown here: only whether somebody answers for the device. */
export function DevicesPage() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const can = useCan();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const importer = can('addresses.write') ? (
    <ImportButton target={importDevices} spec={deviceSheet} touches={['devices', 'allocations']} />
  ) : null;
  return (
    <>
      <PageHeader
        title={t('devices.title')}
        description={t('devices.hint')}
        actions={
          <Space wrap>
            <Link to="/devices/discovered">
              <Button icon={<EyeOutlined aria-hidden="true" />} tabIndex={-1}>
                {t('deviceRegister.discovered')}
              </Button>
            </Link>
            <Link to="/devices/labels" search={search}>
              <Button icon={<QrcodeOutlined aria-hidden="true" />} tabIndex={-1}>
                {t('deviceRegister.labels')}
              </Button>
            </Link>
            <ExportDevices />
            {importer}
            {can('addresses.write') ? <AddDevice /> : null}
          </Space>
        }
      />
      <ListPage
        name="devices"
        label={t('devices.title')}
        search={t('devices.search')}
        source={listSource(listDevices, ['type', 'unitId', 'retired'])}
        rowKey={(row) => row.id}
        onOpen={(row) => void navigate({ to: '/devices/$id', params: { id: row.id } })}
        filters={[
          {
            key: 'type',
            label: t('devices.type'),
            options: optionsOf(words, 'deviceType', deviceType.options),
          },
          {
            key: 'retired',
            label: t('deviceRegister.state'),
            options: [
              { value: 'false', label: t('deviceRegister.inUse') },
              { value: 'true', label: t('deviceRegister.retired') },
            ],
          },
        ]}
        columns={[
          {
            key: 'assetNo',
            title: t('devices.assetNo'),
            sort: 'assetNo',
            card: 'title',
            render: (row) => row.assetNo,
            text: (row) => row.assetNo,
          },
          { key: 'name', title: t('devices.name'), render: (row) => row.name, text: (row) => row.name },
          {
            key: 'type',
            coded: 'deviceType',
            title: t('devices.type'),
            render: (row) => words('deviceType', row.type),
            text: (row) => words('deviceType', row.type),
          },
          {
            key: 'unit',
            field: 'unitName',
            title: t('devices.unit'),
            render: (row) => row.unitName,
            text: (row) => row.unitName,
          },
          {
            key: 'ip',
            title: t('devices.ip'),
            sort: 'ip',
            render: (row) => <span className="jd-mono">{row.ip ?? '—'}</span>,
            text: (row) => row.ip,
          },
          {
            key: 'mac',
            sort: 'mac',
            title: t('devices.mac'),
            render: (row) => (
              <>
                <span className="jd-mono">{row.mac ?? '—'}</span>{' '}
                {row.macRandom ? (
                  <Tooltip title={t('devices.randomHint')}>
                    <span>
                      <StatusTag tone="warn">{t('devices.random')}</StatusTag>
                    </span>
                  </Tooltip>
                ) : null}
              </>
            ),
            text: (row) => row.mac,
          },
          {
            key: 'room',
            title: t('devices.room'),
            render: (row) => row.room ?? '—',
            text: (row) => row.room,
          },
          {
            key: 'owner',
            field: 'hasOwner',
            coded: { true: t('devices.ownerKnown'), false: t('devices.ownerMissing') },
            title: t('devices.owner'),
            render: (row) =>
              row.hasOwner ? (
                <StatusTag tone="ok">{t('devices.ownerKnown')}</StatusTag>
              ) : (
                <StatusTag tone="warn">{t('devices.ownerMissing')}</StatusTag>
              ),
            text: (row) => (row.hasOwner ? t('devices.ownerKnown') : t('devices.ownerMissing')),
          },
        ]}
        empty={<EmptyState title={t('devices.empty')} hint={t('devices.emptyHint')} action={importer} />}
      />
    </>
  );
}

/** The register as a sheet that can be imported again. */
function ExportDevices() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const language = useLanguage();
  const save = useMutation({
    mutationFn: () => download(exportDevices, {}, `${t('devices.title')}.xlsx`),
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
  return (
    <Button
      icon={<DownloadOutlined aria-hidden="true" />}
      loading={save.isPending}
      onClick={() => save.mutate()}
    >
      {t('deviceRegister.exportSheet')}
    </Button>
  );
}
