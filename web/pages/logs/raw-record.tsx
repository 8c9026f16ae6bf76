import { SafetyCertificateOutlined } from '@ant-design/icons';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Alert, Button, Drawer } from 'antd';
import { useTranslation } from 'react-i18next';
import { getRecord, type LogRow, verifySegmentRoute } from '#logs/contract';
import { call } from '../../app/api.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { HashText } from '../../ui/hash-text.tsx';
import { dateTime } from '../../ui/moment.ts';
import { phoneWidth, useNarrowerThan } from '../../ui/narrow.ts';
import { Facts } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { RawText } from '../../ui/raw-text.tsx';

/** The raw line of one record, read back from its sealed segment. */
export function RawRecord({ row, onClose }: { row: LogRow | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const isPhone = useNarrowerThan(phoneWidth);
  return (
    <Drawer
      open={row !== undefined}
      onClose={onClose}
      size={isPhone ? '100%' : 640}
      title={t('logs.raw')}
      destroyOnHidden
    >
      {row === undefined ? null : <RawRecordView segment={row.segment} seq={row.seq} />}
    </Drawer>
  );
}

function RawRecordView({ segment, seq }: { segment: number; seq: number }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['logs', 'record', segment, seq],
    queryFn: ({ signal }) => call(getRecord, { params: { id: segment, seq } }, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
  const verify = useMutation({ mutationFn: () => call(verifySegmentRoute, { params: { id: segment } }) });
  return (
    <QueryView query={query}>
      {(record) => (
        <>
          <RawText label={t('logs.raw')}>{record.raw}</RawText>
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
                  <span key="sender" className="jd-mono">
                    {record.sender}
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
