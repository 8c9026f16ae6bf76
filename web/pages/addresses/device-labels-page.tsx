import { PrinterOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { Button } from 'antd';
import { create } from 'qrcode';
import { useTranslation } from 'react-i18next';
import { type Device, type deviceType, getDevice, listDevices } from '#addresses/contract';
import { call } from '../../app/api.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import './labels.css';

const most = 500;

interface Wanted {
  readonly id?: string;
  readonly unitId?: string;
  readonly type?: (typeof deviceType.options)[number];
  readonly q?: string;
}

/** Labels to cut out: one device's, or those of a list as it was filtered. */
export function DeviceLabelsPage() {
  const { t } = useTranslation();
  const { id, unitId, type, q } = useSearch({ strict: false }) as Wanted;
  const filter = { ...(unitId ? { unitId } : {}), ...(type ? { type } : {}), ...(q ? { q: String(q) } : {}) };
  const query = useQuery({
    queryKey: ['devices', 'labels', id, filter],
    queryFn: async ({ signal }) => {
      if (id !== undefined) {
        return { items: [await call(getDevice, { params: { id } }, { signal })], total: 1 };
      }
      return call(listDevices, { query: { pageSize: most, retired: 'false', ...filter } }, { signal });
    },
  });
  return (
    <>
      <PageHeader
        title={t('deviceRegister.labelsTitle')}
        description={t('deviceRegister.labelsHint')}
        back={{ to: '/devices', label: t('devices.title') }}
        actions={
          <Button type="primary" icon={<PrinterOutlined aria-hidden="true" />} onClick={() => window.print()}>
            {t('deviceRegister.print')}
          </Button>
        }
      />
      <QueryView query={query} rows={6}>
        {({ items, total }) => (
          <>
            {total > items.length ? (
              <p className="jd-no-print">{t('deviceRegister.labelsMore', { total, count: items.length })}</p>
            ) : null}
            <ul className="jd-labels">
              {items.map((device) => (
                <li key={device.id} className="jd-label">
                  <DeviceLabel device={device} />
                </li>
              ))}
            </ul>
          </>
        )}
      </QueryView>
    </>
  );
}

function DeviceLabel({ device }: { device: Device }) {
  const { t } = useTranslation();
  return (
    <>
      <QrCode
        text={new URL(`/devices/${device.id}`, location.origin).href}
        title={t('deviceRegister.scan')}
      />
      <div className="jd-label__words">
        <strong>{device.assetNo}</strong>
        <span>{device.name}</span>
        <span>{device.unitName}</span>
        <span>{device.room ?? ''}</span>
        {device.macs.slice(0, 1).map((mac) => (
          <span key={mac} className="jd-mono">
            {mac}
          </span>
        ))}
      </div>
    </>
  );
}

/** A QR code as one path: one square each dark module, with the quiet zone of four that readers need (ISO/IEC 18004). */
function QrCode({ text, title }: { text: string; title: string }) {
  const { modules } = create(text, { errorCorrectionLevel: 'M' });
  const { size } = modules;
  const dark = Array.from({ length: size * size }, (_, at) => at).filter((at) => modules.data[at]);
  const path = dark.map((at) => `M${(at % size) + 4} ${Math.floor(at / size) + 4}h1v1h-1z`).join('');
  const side = size + 8;
  return (
    <svg className="jd-label__code" viewBox={`0 0 ${side} ${side}`} role="img" aria-label={title}>
      <rect width={side} height={side} fill="#fff" />
      <path d={path} fill="#000" shapeRendering="crispEdges" />
    </svg>
  );
}
