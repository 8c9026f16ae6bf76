import { QrcodeOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Button, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { type Device, getDevice } from '#addresses/contract';
import { call } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { useCan } from '../../app/session.ts';
import { dateTime } from '../../ui/moment.ts';
import { phoneWidth, useNarrowerThan } from '../../ui/narrow.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import { EditDevice, RetireDevice } from './device-form.tsx';
import { DeviceHistory } from './device-history.tsx';
import { DeviceHolders } from './device-holders.tsx';
import { DeviceSightings } from './device-sightings.tsx';

/** One device: its entry, its history, where it was seen. */
export function DevicePage() {
  const { t } = useTranslation();
  const can = useCan();
  const isPhone = useNarrowerThan(phoneWidth);
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery({
    queryKey: ['devices', id],
    queryFn: ({ signal }) => call(getDevice, { params: { id } }, { signal }),
  });
  return (
    <QueryView query={query} rows={10}>
      {(device) => (
        <>
          <PageHeader
            title={`${device.assetNo} ${device.name}`}
            tag={
              device.retiredAt === null ? null : (
                <StatusTag tone="neutral">{t('deviceRegister.retired')}</StatusTag>
              )
            }
            description={device.unitName}
            back={{ to: '/devices', label: t('devices.title') }}
            actions={
              <Space wrap>
                <Link to="/devices/labels" search={{ id: device.id }}>
                  <Button icon={<QrcodeOutlined aria-hidden="true" />} tabIndex={-1}>
                    {t('deviceRegister.label')}
                  </Button>
                </Link>
                {can('addresses.write') ? <EditDevice device={device} /> : null}
                {can('addresses.write') && device.retiredAt === null ? (
                  <RetireDevice device={device} />
                ) : null}
              </Space>
            }
          />
          {/* Whoever scans a label on a phone looks for the entry first. */}
          {isPhone ? <DeviceFacts device={device} /> : null}
          <div className="jd-columns">
            <div>
              <DeviceHistory deviceId={device.id} />
              <DeviceSightings deviceId={device.id} />
            </div>
            {isPhone ? null : <DeviceFacts device={device} />}
          </div>
        </>
      )}
    </QueryView>
  );
}

function DeviceFacts({ device }: { device: Device }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const can = useCan();
  const list = (items: readonly string[]) =>
    items.length === 0
      ? '—'
      : items.map((one) => (
          <div key={one} className="jd-mono">
            {one}
          </div>
        ));
  return (
    <Panel
      title={t('deviceRegister.facts')}
      extra={can('addresses.write') ? <DeviceHolders deviceId={device.id} /> : null}
    >
      <Facts
        items={[
          [t('devices.type'), words('deviceType', device.type)],
          [t('devices.ip'), list(device.ips)],
          [
            t('devices.mac'),
            <div key="mac">
              {list(device.macs)}
              {device.macRandom ? (
                <div>
                  <StatusTag tone="warn">{t('devices.random')}</StatusTag>{' '}
                  <span className="jd-faint">{t('devices.randomHint')}</span>
                </div>
              ) : null}
            </div>,
          ],
          [
            t('devices.owner'),
            device.hasOwner ? (
              <StatusTag key="known" tone="ok">
                {t('devices.ownerKnown')}
              </StatusTag>
            ) : (
              <StatusTag key="missing" tone="warn">
                {t('devices.ownerMissing')}
              </StatusTag>
            ),
          ],
          [t('devices.room'), device.room ?? '—'],
          [t('deviceRegister.switch'), device.switch],
          [t('deviceRegister.port'), device.port],
          [t('devices.realm'), device.realm],
          [t('deviceRegister.note'), device.note],
          [
            t('deviceRegister.retired'),
            device.retiredAt === null ? null : `${dateTime(device.retiredAt)} ${device.retiredReason ?? ''}`,
          ],
        ]}
      />
    </Panel>
  );
}
