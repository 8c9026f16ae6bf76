import { EditOutlined, PlusOutlined } from '@ant-design/icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { App, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import {
  columnSheet,
  declareColumn,
  importColumns,
  listColumns,
  removeColumn,
  type SiteColumn,
  updateColumn,
} from '#sites/contract';
import { call } from '../../app/api.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { ImportButton } from '../../app/import-button.tsx';
import { useCan } from '../../app/session.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';

/** The columns of a website as the school declares them: what the crawl sees is measured against these. */
export function SiteColumns({ siteId }: { siteId: string }) {
  const { t } = useTranslation();
  const can = useCan();
  const query = useQuery({
    queryKey: ['sites', siteId, 'columns'],
    queryFn: ({ signal }) => call(listColumns, { query: { siteId, pageSize: 200 } }, { signal }),
  });
  const mayWrite = can('sites.write');
  return (
    <Panel
      title={t('siteColumns.title')}
      extra={
        mayWrite ? (
          <Space wrap>
            <ImportButton target={importColumns} spec={columnSheet} touches={['sites']} />
            <ColumnForm siteId={siteId} />
          </Space>
        ) : null
      }
    >
      <p className="jd-faint">{t('siteColumns.hint')}</p>
      <QueryView query={query} rows={3}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title={t('siteColumns.empty')} hint={t('siteColumns.emptyHint')} />
          ) : (
            <DataTable
              stacked
              size="small"
              rowKey="id"
              dataSource={items}
              columns={[
                { title: t('siteColumns.name'), render: (_v, row) => row.name },
                {
                  title: t('siteColumns.path'),
                  render: (_v, row) => <span className="jd-mono jd-break">{row.pathPrefix}</span>,
                },
                {
                  title: t('siteColumns.owner'),
                  render: (_v, row) => <Owner column={row} />,
                },
                {
                  title: t('siteColumns.updateDays'),
                  render: (_v, row) =>
                    row.updateDays === null ? '—' : t('siteColumns.days', { count: row.updateDays }),
                },
                {
                  title: t('siteColumns.interactive'),
                  render: (_v, row) => t(row.interactive ? 'siteColumns.yes' : 'siteColumns.no'),
                },
                {
                  title: t('siteColumns.acts'),
                  render: (_v, row) => (
                    <Space wrap>
                      <Link to="/findings" search={{ siteId, pathPrefix: row.pathPrefix } as never}>
                        {t('siteColumns.findings')}
                      </Link>
                      {mayWrite ? <ColumnForm siteId={siteId} column={row} /> : null}
                      {mayWrite ? <RemoveColumn siteId={siteId} column={row} /> : null}
                    </Space>
                  ),
                },
              ]}
            />
          )
        }
      </QueryView>
    </Panel>
  );
}

/** Who answers for a column; one who has left the unit answers for nothing. */
function Owner({ column }: { column: SiteColumn }) {
  const { t } = useTranslation();
  if (column.ownerName === null) return <StatusTag tone="warn">{t('siteColumns.noOwner')}</StatusTag>;
  return (
    <>
      {column.ownerName}{' '}
      {column.ownerInPost ? null : <StatusTag tone="danger">{t('siteColumns.ownerLeft')}</StatusTag>}
    </>
  );
}

function useSaved(siteId: string) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  return async (close: () => void) => {
    await client.invalidateQueries({ queryKey: ['sites', siteId, 'columns'] });
    void message.success(t('siteColumns.saved'));
    close();
  };
}

/** Declares a column, or changes the one that is given. */
function ColumnForm({ siteId, column }: { siteId: string; column?: SiteColumn }) {
  const { t } = useTranslation();
  const saved = useSaved(siteId);
  const initial = column
    ? {
        name: column.name,
        pathPrefix: column.pathPrefix,
        interactive: column.interactive,
        ...(column.ownerNo === null ? {} : { ownerNo: column.ownerNo }),
        ...(column.updateDays === null ? {} : { updateDays: column.updateDays }),
      }
    : { interactive: false };
  return (
    <FormDrawer
      label={t(column ? 'siteColumns.edit' : 'siteColumns.declare')}
      title={column ? `${t('siteColumns.edit')} ${column.name}` : t('siteColumns.declare')}
      size="small"
      icon={column ? <EditOutlined aria-hidden="true" /> : <PlusOutlined aria-hidden="true" />}
    >
      {(close) => (
        <SchemaForm
          schema={declareColumn.body!}
          initial={initial}
          fields={{
            name: { label: t('siteColumns.name'), example: '通知公告', autoFocus: true },
            pathPrefix: { label: t('siteColumns.path'), example: '/tzgg/', help: t('siteColumns.pathHelp') },
            ownerNo: { label: t('siteColumns.owner'), widget: 'person', gives: 'personNo' },
            updateDays: { label: t('siteColumns.updateDays'), help: t('siteColumns.updateHelp') },
            interactive: { label: t('siteColumns.interactive'), help: t('siteColumns.interactiveHelp') },
          }}
          submitLabel={t('action.save')}
          onCancel={close}
          onSubmit={async (body) => {
            if (column) await call(updateColumn, { params: { id: column.id }, body });
            else await call(declareColumn, { params: { id: siteId }, body });
            await saved(close);
          }}
        />
      )}
    </FormDrawer>
  );
}

function RemoveColumn({ siteId, column }: { siteId: string; column: SiteColumn }) {
  const { t } = useTranslation();
  const saved = useSaved(siteId);
  return (
    <FormDrawer
      label={t('siteColumns.remove')}
      title={`${t('siteColumns.remove')} ${column.name}`}
      size="small"
    >
      {(close) => (
        <SchemaForm
          schema={removeColumn.body!}
          fields={{ reason: { label: t('siteColumns.reason'), help: t('siteColumns.removeHelp') } }}
          submitLabel={t('siteColumns.remove')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(removeColumn, { params: { id: column.id }, body });
            await saved(close);
          }}
        />
      )}
    </FormDrawer>
  );
}
