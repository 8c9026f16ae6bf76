import { PlusOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { App, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { importSites, listSites, registerSite, siteHealth, siteSheet } from '#sites/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { ImportButton } from '../../app/import-button.tsx';
import { listSource } from '../../app/list-source.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';

/** Registered websites with what the last check saw. */
export function SitesPage() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const can = useCan();
  const navigate = useNavigate();
  const actions = can('sites.write') ? (
    <Space wrap>
      <ImportButton target={importSites} spec={siteSheet} touches={['sites']} />
      <RegisterSite />
    </Space>
  ) : null;
  return (
    <>
      <PageHeader title={t('sites.title')} description={t('sites.hint')} actions={actions} />
      <ListPage
        name="sites"
        label={t('sites.title')}
        search={t('sites.search')}
        source={listSource(listSites, ['health', 'unitId', 'orphaned'])}
        rowKey={(row) => row.id}
        onOpen={(row) => void navigate({ to: '/sites/$id', params: { id: row.id } })}
        filters={[
          {
            key: 'health',
            label: t('sites.health'),
            options: optionsOf(words, 'siteHealth', siteHealth.options),
          },
          {
            key: 'orphaned',
            label: t('posts.siteManagement'),
            options: [
              { value: 'true', label: t('posts.siteOrphaned') },
              { value: 'false', label: t('posts.siteManaged') },
            ],
          },
        ]}
        columns={[
          {
            key: 'name',
            title: t('sites.name'),
            sort: 'name',
            card: 'title',
            render: (row) => (
              <Link to="/sites/$id" params={{ id: row.id }}>
                {row.name}
              </Link>
            ),
            text: (row) => row.name,
          },
          {
            key: 'unit',
            field: 'unitName',
            title: t('sites.unit'),
            render: (row) => row.unitName,
            text: (row) => row.unitName,
          },
          {
            key: 'health',
            coded: 'siteHealth',
            title: t('sites.health'),
            render: (row) => <EnumTag name="siteHealth" value={row.health} />,
            text: (row) => words('siteHealth', row.health),
          },
          {
            key: 'orphaned',
            field: 'orphanedSince',
            title: t('posts.siteManagement'),
            render: (row) =>
              row.orphaned ? (
                <StatusTag tone="danger">
                  {row.orphanedSince
                    ? t('posts.siteOrphanedSince', { day: row.orphanedSince })
                    : t('posts.siteOrphaned')}
                </StatusTag>
              ) : (
                <StatusTag tone="ok">{t('posts.siteManaged')}</StatusTag>
              ),
          },
          {
            key: 'openFindings',
            sort: 'openFindings',
            title: t('sites.openFindings'),
            render: (row) => <span className="jd-num">{row.openFindings}</span>,
            text: (row) => row.openFindings,
          },
          {
            key: 'lastChecked',
            field: 'lastCheckedAt',
            sort: 'lastCheckedAt',
            title: t('sites.lastChecked'),
            render: (row) => (row.lastCheckedAt ? dateMinute(row.lastCheckedAt) : t('sites.never')),
            text: (row) => (row.lastCheckedAt ? dateMinute(row.lastCheckedAt) : t('sites.never')),
          },
          {
            key: 'url',
            title: t('sites.url'),
            render: (row) => <span className="jd-mono jd-break">{row.url}</span>,
            text: (row) => row.url,
          },
          {
            key: 'icp',
            field: 'icpNo',
            title: t('sites.icp'),
            card: 'hidden',
            render: (row) => row.icpNo ?? '—',
            text: (row) => row.icpNo,
          },
        ]}
        empty={<EmptyState title={t('sites.empty')} hint={t('sites.emptyHint')} action={actions} />}
      />
    </>
  );
}

function RegisterSite() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  return (
    <FormDrawer label={t('sites.register')} icon={<PlusOutlined aria-hidden="true" />} type="primary">
      {(close) => (
        <SchemaForm
          schema={registerSite.body!}
          draft="sites.register"
          fields={{
            name: { label: t('sites.name'), autoFocus: true },
            unitCode: { label: t('sites.unitCode'), example: 'school-001' },
            url: { label: t('sites.url'), example: 'http://www.school.example/' },
            icpNo: { label: t('sites.icp'), example: '浙ICP备00000000号-1' },
            policeNo: { label: t('sites.police'), example: '浙公网安备 33000000000000号' },
            managerNo: { label: t('sites.manager'), widget: 'person', gives: 'personNo' },
            serverAddress: { label: t('sites.serverAddress'), example: '192.0.2.10' },
            resolveTo: { label: t('sites.resolveTo'), help: t('sites.resolveToHelp') },
          }}
          submitLabel={t('sites.register')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(registerSite, { body });
            await client.invalidateQueries({ queryKey: ['sites'] });
            void message.success(t('sites.registered'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}
