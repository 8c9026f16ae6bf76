import { DownloadOutlined } from '@ant-design/icons';
import { App, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { downloadExport, type ListExport, listExports } from '#auth/contract';
import { download } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { listSource } from '../../app/list-source.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';

/** The files that this person took out of lists; a large one appears here when it is made. */
export function ExportsPage() {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <>
      <PageHeader title={t('exporting.myTitle')} description={t('exporting.myHint')} />
      <ListPage
        name="exports"
        label={t('exporting.myTitle')}
        source={listSource(listExports)}
        refreshEvery={5_000}
        rowKey={(row) => row.id}
        columns={[
          {
            key: 'title',
            title: t('exporting.file'),
            card: 'title',
            render: (row) => `${row.title}.${row.format}`,
          },
          {
            key: 'state',
            title: t('exporting.state'),
            coded: 'exportState',
            render: (row) => (
              <>
                <EnumTag name="exportState" value={row.state} />
                {row.problem ? <div className="jd-faint">{row.problem[language]}</div> : null}
              </>
            ),
          },
          {
            key: 'rows',
            title: t('exporting.rowCount'),
            render: (row) => <span className="jd-num">{row.rows}</span>,
          },
          { key: 'reason', title: t('exporting.reason'), render: (row) => row.reason ?? '—' },
          { key: 'askedAt', title: t('exporting.askedAt'), render: (row) => dateMinute(row.askedAt) },
          { key: 'expiresAt', title: t('exporting.expiresAt'), render: (row) => dateMinute(row.expiresAt) },
          { key: 'download', title: t('action.download'), render: (row) => <Fetch row={row} /> },
        ]}
        empty={<EmptyState title={t('exporting.empty')} hint={t('exporting.emptyHint')} />}
      />
    </>
  );
}

function Fetch({ row }: { row: ListExport }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const language = useLanguage();
  if (row.state !== 'ready') return <span className="jd-faint">—</span>;
  return (
    <Button
      size="small"
      icon={<DownloadOutlined aria-hidden="true" />}
      onClick={() => {
        download(downloadExport, { params: { id: row.id } }, `${row.title}.${row.format}`).catch(
          (error: unknown) => void message.error(wordsForError(error)[language]),
        );
      }}
    >
      {t('action.download')}
    </Button>
  );
}
