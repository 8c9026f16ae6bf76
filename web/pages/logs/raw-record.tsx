import { SafetyCertificateOutlined } from '@ant-design/icons';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Alert, Button, Drawer, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { getRecord, type LogRow, queryFields, verifySegmentRoute } from '#logs/contract';
import { call } from '../../app/api.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { HashText } from '../../ui/hash-text.tsx';
import { dateTime } from '../../ui/moment.ts';
import { phoneWidth, useNarrowerThan } from '../../ui/narrow.ts';
import { Facts } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { RawText } from '../../ui/raw-text.tsx';
import { useDecoderWords } from './decoder-words.ts';
import { useFieldWords } from './field-words.ts';
import { LineNames } from './line-names.tsx';
import { useSenderWords, useSourceName } from './source-name.ts';

type Add = (field: string, value: string | number, not?: boolean) => void;

interface RawRecordProps {
  readonly row: LogRow | undefined;
  readonly onClose: () => void;
  readonly onAdd: Add;
}

/** One row in full: its fields, and the raw line of its record, read back from its sealed segment. */
export function RawRecord({ row, onClose, onAdd }: RawRecordProps) {
  const { t } = useTranslation();
  const isPhone = useNarrowerThan(phoneWidth);
  return (
    <Drawer
      open={row !== undefined}
      onClose={onClose}
      size={isPhone ? '100%' : 640}
      title={t('logSearch.detail')}
      destroyOnHidden
    >
      {row === undefined ? null : (
        <>
          <RowFields
            row={row}
            onAdd={(...term) => {
              onAdd(...term);
              onClose();
            }}
          />
          <RawRecordView row={row} />
        </>
      )}
    </Drawer>
  );
}

function RowFields({ row, onAdd }: { row: LogRow; onAdd: Add }) {
  const { t } = useTranslation();
  const fields = useFieldWords();
  const decoders = useDecoderWords();
  const nameOf = useSourceName();
  const canSearch = (name: string) => name in queryFields || name.startsWith('extra.');
  return (
    <>
      <Facts
        small
        items={[
          [
            t('logs.time'),
            <span key="ts" className="jd-num">
              {dateTime(row.ts)}
            </span>,
          ],
          [
            t('logs.source'),
            <Link key="source" to={`/logs/sources/${row.sourceId}` as string}>
              {nameOf(row.source)}
            </Link>,
          ],
          [t('logSearch.decoder'), decoders(row.decoder)],
          ...Object.entries(row.fields).map(
            ([name, value]) =>
              [
                fields.fullNameOf(name),
                <Space key={name} size={4} wrap>
                  <FieldValue words={fields.valueOf(name, value)} value={value} />
                  {canSearch(name) ? (
                    <Button
                      type="link"
                      size="small"
                      aria-label={t('logSearch.addValue', { value })}
                      onClick={() => onAdd(name, value)}
                    >
                      +
                    </Button>
                  ) : null}
                </Space>,
              ] as const,
          ),
        ]}
      />
      <h3 style={{ marginTop: 16 }}>{t('logs.raw')}</h3>
    </>
  );
}

/** A program's word with what it means before it. */
function FieldValue({ words, value }: { words: string; value: string | number }) {
  const raw = <span className="jd-mono jd-break">{value}</span>;
  if (words === String(value)) return raw;
  return (
    <>
      {words} <span className="jd-faint">{raw}</span>
    </>
  );
}

function RawRecordView({ row: { segment, seq } }: { row: LogRow }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['logs', 'record', segment, seq],
    queryFn: ({ signal }) => call(getRecord, { params: { id: segment, seq }, query: {} }, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
  const senderOf = useSenderWords();
  const verify = useMutation({ mutationFn: () => call(verifySegmentRoute, { params: { id: segment } }) });
  return (
    <QueryView query={query}>
      {(record) => (
        <>
          <RawText label={t('logs.raw')}>{record.raw}</RawText>
          {record.names.length > 0 ? <LineNames segment={segment} seq={seq} names={record.names} /> : null}
          <div style={{ margin: '16px 0' }}>
            <Facts
              items={[
                [
                  t('logs.segment'),
                  <span key="segment" className="jd-num">
                    {record.segment}
                  </span>,
                ],
                [
                  t('logs.record'),
                  <span key="seq" className="jd-num">
                    {record.seq}
                  </span>,
                ],
                [
                  t('logs.recvAt'),
                  <span key="recv" className="jd-num">
                    {dateTime(record.recvAt)}
                  </span>,
                ],
                [
                  t('logs.sender'),
                  <span key="sender" className="jd-mono jd-break">
                    {senderOf(record.sender)}
                  </span>,
                ],
                [t('logs.charset'), record.charset],
                [t('logs.recordHash'), <HashText key="sha" hash={record.sha256} />],
                [t('logs.segmentHash'), <HashText key="segsha" hash={record.segmentSha256} />],
              ]}
            />
          </div>
          <Button
            icon={<SafetyCertificateOutlined aria-hidden="true" />}
            loading={verify.isPending}
            onClick={() => verify.mutate()}
          >
            {t('logs.verify')}
          </Button>
          <div aria-live="polite" style={{ marginTop: 12 }}>
            {verify.isError ? <ErrorView error={verify.error} /> : null}
            {verify.data ? (
              <Alert
                showIcon
                type={verify.data.intact ? 'success' : 'error'}
                title={verify.data.intact ? t('logs.intact') : t('logs.damaged')}
                description={verify.data.problem}
              />
            ) : null}
          </div>
        </>
      )}
    </QueryView>
  );
}
