import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { format, type LogSource, newSource, retentionClass } from '#logs/contract';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { SchemaForm } from '../../ui/schema-form.tsx';

/** The contract's body, with certificates as one text: a PEM certificate has spaces and lines of its own. */
const formSchema = newSource.omit({ certificates: true }).extend({
  certificateText: z.string().max(400_000).optional(),
});
type FormValue = z.input<typeof formSchema>;
type Body = z.input<typeof newSource>;

const pem = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** Each certificate of a pasted text, and each other line as a fingerprint. */
export function certificatesIn(text: string): string[] {
  const blocks = text.match(pem) ?? [];
  const lines = text.replace(pem, '\n').split(/[\n,;]/);
  return [...blocks, ...lines.map((line) => line.trim()).filter((line) => line !== '')];
}

/** What a change sends: everything shown, an emptied field as null. */
export function changeOf(body: Body) {
  return {
    ...body,
    leaseSeconds: body.leaseSeconds ?? null,
    host: body.host || null,
    fixedYear: body.fixedYear ?? null,
    expectedPerHour: body.expectedPerHour ?? null,
    note: body.note ?? '',
    fieldZones: body.fieldZones ?? {},
  };
}

interface SourceFormProps {
  readonly initial: Partial<Body>;
  readonly submitLabel: string;
  readonly extra: string;
  readonly draft?: string;
  readonly onSubmit: (body: Body) => Promise<unknown>;
}

/** The fields of a log source: to register, to change, to adopt. */
export function SourceForm({ initial, submitLabel, extra, draft, onSubmit }: SourceFormProps) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const { certificates, ...rest } = initial;
  return (
    <SchemaForm
      schema={formSchema}
      {...(draft ? { draft } : {})}
      initial={{
        realm: 'main',
        zone: 'Asia/Shanghai',
        toleranceSeconds: 2,
        ...rest,
        ...(certificates ? { certificateText: certificates.join('\n') } : {}),
      }}
      fields={looksOf(
        t,
        optionsOf(words, 'logFormat', format.options),
        optionsOf(words, 'logRetention', retentionClass.options),
      )}
      submitLabel={submitLabel}
      extra={extra}
      onSubmit={({ certificateText, ...value }: FormValue) =>
        onSubmit({ ...value, certificates: certificatesIn(certificateText ?? '') })
      }
    />
  );
}

type Options = { value: string; label: string }[];

function looksOf(t: TFunction, formats: Options, retentions: Options) {
  return {
    name: { label: t('logSources.name'), help: t('logSources.nameHelp'), example: 'school-001-gateway' },
    format: { label: t('logSources.format'), options: formats },
    unitCode: { label: t('logSources.unit'), help: t('logSources.unitOwn'), widget: 'unit', gives: 'code' },
    senders: { label: t('logSources.senders'), help: t('logSources.sendersHelp'), example: '192.0.2.7' },
    certificateText: {
      label: t('logSources.certificates'),
      help: t('logSources.certificatesHelp'),
      widget: 'textarea',
    },
    zone: { label: t('logSources.zone'), help: t('logSources.zoneHelp'), example: '+08:00' },
    fieldZones: {
      label: t('logSources.fieldZones'),
      help: t('logSources.sessionZoneHelp'),
      fields: { session: { label: t('logSources.sessionZone'), example: 'UTC' } },
    },
    realm: { label: t('logSources.realm'), help: t('logSources.realmHelp'), example: 'main' },
    retention: { label: t('logSources.retention'), help: t('logSources.retentionHelp'), options: retentions },
    expectedPerHour: { label: t('logSources.expected'), help: t('logSources.expectedHelp') },
    leaseSeconds: { label: t('logSources.leaseSeconds'), help: t('logSources.leaseHelp') },
    host: { label: t('logSources.host'), help: t('logSources.hostHelp'), example: 'www.school.example' },
    toleranceSeconds: { label: t('logSources.tolerance') },
    fixedYear: { label: t('logSources.fixedYear'), help: t('logSources.fixedYearHelp') },
    note: { label: t('logSources.note'), widget: 'textarea' },
  } as const;
}

/** What the form shows of a source that is there. */
export function formOf(source: LogSource): Partial<Body> {
  const values = {
    name: source.name,
    format: source.format === 'unknown' ? undefined : source.format,
    unitCode: source.unitCode ?? undefined,
    senders: source.senders,
    certificates: source.certificates,
    zone: source.zone,
    fieldZones: source.fieldZones,
    realm: source.realm,
    retention: source.retention,
    expectedPerHour: source.expectedPerHour ?? undefined,
    leaseSeconds: source.leaseSeconds ?? undefined,
    host: source.host ?? undefined,
    toleranceSeconds: source.toleranceSeconds,
    fixedYear: source.fixedYear ?? undefined,
    note: source.note,
  };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
