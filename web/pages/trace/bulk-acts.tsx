import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Popconfirm, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { actOnBulk, exportBulk, type getBulk } from '#trace/contract';
import { call, download, type RouteReply } from '../../app/api.ts';
import { ErrorView } from '../../ui/error-view.tsx';

export type BulkRun = RouteReply<typeof getBulk>;

/** What can be done with a run: pause, go on, cancel, and take its results away. */
export function BulkActs({ run }: { run: BulkRun }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const act = useMutation({
    mutationFn: (what: 'pause' | 'resume' | 'cancel') =>
      call(actOnBulk, { params: { id: run.id }, body: { act: what } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['trace-runs'] }),
  });
  const fetch = useMutation({
    mutationFn: (format: 'csv' | 'xlsx') =>
      download(exportBulk, { params: { id: run.id, format } }, `trace-run.${format}`),
  });
  const isOpen = run.state === 'running' || run.state === 'paused';
  return (
    <>
      <Space wrap>
        {isOpen ? (
          <Button
            size="small"
            loading={act.isPending}
            onClick={() => act.mutate(run.state === 'running' ? 'pause' : 'resume')}
          >
            {t(run.state === 'running' ? 'traceBulk.pause' : 'traceBulk.resume')}
          </Button>
        ) : null}
        {isOpen ? (
          <Popconfirm title={t('traceBulk.cancelSure')} onConfirm={() => act.mutate('cancel')}>
            <Button size="small" danger>
              {t('traceBulk.cancel')}
            </Button>
          </Popconfirm>
        ) : null}
        {(['csv', 'xlsx'] as const).map((format) => (
          <Button
            key={format}
            size="small"
            loading={fetch.isPending && fetch.variables === format}
            onClick={() => fetch.mutate(format)}
          >
            {t(`traceBulk.${format}`)}
          </Button>
        ))}
      </Space>
      {act.isError ? <ErrorView error={act.error} /> : null}
      {fetch.isError ? <ErrorView error={fetch.error} /> : null}
    </>
  );
}
