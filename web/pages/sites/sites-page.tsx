import { Link, useNavigate } from '@tanstack/react-router';
import { Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { importSites, listSites, siteHealth, siteSheet } from '#sites/contract';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { ImportButton } from '../../app/import-button.tsx';
import { listSource } from '../../app/list-source.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import { RegisterSite } from './register-site.tsx';
import { isUnfinished, SiteHealthTag } from './site-health-tag.tsx';

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
        source={listSource(listSites, ['health', 'unitId', 'orphaned', 'retired'])}
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
          {
            key: 'retired',
            label: t('siteRetired.state'),
            options: [
              { value: 'false', label: t('siteRetired.inUse') },
              { value: 'true', label: t('siteRetired.retired') },
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
            render: (row) => <SiteHealthTag site={row} />,
            text: (row) => {
              if (row.retired) return t('siteRetired.retired');
              return isUnfinished(row) ? t('sites.unfinished') : words('siteHealth', row.health);
            },
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
