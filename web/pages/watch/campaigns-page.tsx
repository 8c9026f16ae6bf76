import { DeploymentUnitOutlined } from '@ant-design/icons';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { campaignState, listCampaigns } from '#watch/contract';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { listSource } from '../../app/list-source.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';

/** Foreign domains that appeared on several websites: one matter each. */
export function CampaignsPage() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const navigate = useNavigate();
  return (
    <>
      <PageHeader title={t('crawl.campaigns')} description={t('crawl.campaignsHint')} />
      <ListPage
        name="campaigns"
        label={t('crawl.campaigns')}
        search={t('crawl.campaignsSearch')}
        source={listSource(listCampaigns, ['state'])}
        rowKey={(row) => row.id}
        onOpen={(row) => void navigate({ to: '/campaigns/$id', params: { id: row.id } })}
        filters={[
          {
            key: 'state',
            label: t('crawl.state'),
            options: optionsOf(words, 'campaignState', campaignState.options),
          },
        ]}
        columns={[
          {
            key: 'domain',
            title: t('crawl.domain'),
            card: 'title',
            render: (row) => (
              <Link to="/campaigns/$id" params={{ id: row.id }} className="jd-mono jd-break">
                {row.domain}
              </Link>
            ),
            text: (row) => row.domain,
          },
          {
            key: 'state',
            coded: 'campaignState',
            title: t('crawl.state'),
            render: (row) => <EnumTag name="campaignState" value={row.state} />,
            text: (row) => words('campaignState', row.state),
          },
          {
            key: 'sites',
            title: t('crawl.sites'),
            render: (row) => <span className="jd-num">{row.sites}</span>,
            text: (row) => row.sites,
          },
          {
            key: 'reason',
            coded: 'campaignReason',
            title: t('crawl.why'),
            render: (row) => words('campaignReason', row.reason),
            text: (row) => words('campaignReason', row.reason),
          },
          {
            key: 'openedAt',
            title: t('crawl.openedAt'),
            render: (row) => <span className="jd-num">{dateMinute(row.openedAt)}</span>,
            text: (row) => dateMinute(row.openedAt),
          },
        ]}
        empty={
          <EmptyState
            icon={<DeploymentUnitOutlined aria-hidden="true" />}
            title={t('crawl.campaignsEmpty')}
            hint={t('crawl.campaignsEmptyHint')}
          />
        }
      />
    </>
  );
}
