import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { getNatSizing, type NatSizing, natSizingQuery } from '#trace/contract';
import { call } from '../../app/api.ts';
import { useLanguage } from '../../app/i18n.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';

/** Every figure is asked for but the one that may be unknown: an empty field must not be taken for the usual one. */
const { devices, sessionsPerSecond, days, portsAtOnce, onlinePercent } = natSizingQuery.shape;
const formSchema = z.object({
  devices: devices.unwrap(),
  sessionsPerSecond,
  days: days.unwrap(),
  portsAtOnce: portsAtOnce.unwrap(),
  onlinePercent: onlinePercent.unwrap(),
});

/** Rows, disk and addresses for NAT logs, by the figures in the address bar. */
export function NatSizingPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false });
  // What somebody typed into the address bar may be nonsense: then the usual figures are shown.
  const read = natSizingQuery.safeParse(search);
  const asked = read.success ? read.data : natSizingQuery.parse({});
  // A result below figures that it was not made from would be read as theirs.
  const [isStale, setStale] = useState(false);
  const query = useQuery({
    queryKey: ['nat-sizing', asked],
    queryFn: ({ signal }) => call(getNatSizing, { query: asked }, { signal }),
  });
  return (
    <>
      <PageHeader title={t('natSizing.title')} description={t('natSizing.hint')} />
      <Panel title={t('natSizing.asked')}>
        <div style={{ maxWidth: 560 }}>
          <SchemaForm
            schema={formSchema}
            initial={asked}
            onChange={() => setStale(true)}
            fields={{
              devices: { label: t('natSizing.devices') },
              sessionsPerSecond: { label: t('natSizing.sessions'), help: t('natSizing.sessionsHelp') },
              days: { label: t('natSizing.days'), help: t('natSizing.daysHelp') },
              portsAtOnce: { label: t('natSizing.ports') },
              onlinePercent: { label: t('natSizing.online'), help: t('natSizing.onlineHelp') },
            }}
            submitLabel={t('natSizing.compute')}
            onSubmit={async (value) => {
              await navigate({ to: '.', search: value as never });
              setStale(false);
            }}
          />
        </div>
      </Panel>
      {isStale ? (
        <p role="status" className="jd-faint">
          {t('natSizing.stale')}
        </p>
      ) : (
        <QueryView query={query}>{(sizing) => <Sizing sizing={sizing} />}</QueryView>
      )}
    </>
  );
}

const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/** Disks are sold in powers of ten. */
function diskText(bytes: number): string {
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${(bytes / 1000 ** step).toPrecision(3)} ${units[step]}`;
}

function Sizing({ sizing }: { sizing: NatSizing }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { perSession, perBlock } = sizing;
  const line = (key: string, measure: string, of: (volume: typeof perSession) => string) => ({
    key,
    measure,
    session: of(perSession),
    block: of(perBlock),
  });
  return (
    <>
      <Panel
        title={t('natSizing.result')}
        extra={
          <StatusTag tone="ok">
            {sizing.advice === 'blocks' ? t('natSizing.adviceBlocks') : t('natSizing.adviceEither')}
          </StatusTag>
        }
      >
        <DataTable
          rowKey="key"
          aria-label={t('natSizing.result')}
          dataSource={[
            line('rows', t('natSizing.rowsPerDay'), (one) => one.rowsPerDay.toLocaleString()),
            line('bytes', t('natSizing.bytesPerDay'), (one) => diskText(one.bytesPerDay)),
            line('index', t('natSizing.index'), (one) => diskText(one.indexBytes)),
            line('raw', t('natSizing.raw'), (one) => diskText(one.rawBytes)),
            line('total', t('natSizing.total'), (one) => diskText(one.indexBytes + one.rawBytes)),
          ]}
          columns={[
            { key: 'measure', title: t('natSizing.measure'), dataIndex: 'measure' },
            { key: 'session', title: t('natSizing.perSession'), dataIndex: 'session', align: 'right' },
            { key: 'block', title: t('natSizing.perBlock'), dataIndex: 'block', align: 'right' },
          ]}
        />
        <Facts
          items={[
            [t('natSizing.ratio'), sizing.ratio.toLocaleString()],
            [t('natSizing.blockSize'), sizing.blockSize],
            [t('natSizing.blocks'), sizing.blocksPerDevice],
            [t('natSizing.portsEach'), sizing.portsPerDevice],
            [t('natSizing.perAddress'), sizing.devicesPerAddress],
            [t('natSizing.addresses'), sizing.publicAddresses.toLocaleString()],
            [t('natSizing.addressesFixed'), sizing.publicAddressesDeterministic.toLocaleString()],
          ]}
        />
      </Panel>
      <Panel title={t('natSizing.why')}>
        <ul>
          {sizing.why.map((one) => (
            <li key={one.en}>{one[language]}</li>
          ))}
        </ul>
      </Panel>
      <Panel title={t('natSizing.gateways')}>
        {sizing.gateways.map(({ name, lines }) => (
          <section key={name.en}>
            <h3 style={{ fontSize: 15 }}>{name[language]}</h3>
            <ul>
              {lines.map((one) => (
                <li key={one.en}>{one[language]}</li>
              ))}
            </ul>
          </section>
        ))}
      </Panel>
    </>
  );
}
