import { AuditOutlined } from '@ant-design/icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import { campaignState, getCampaign, judgeCampaign } from '#watch/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useCan } from '../../app/session.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { dateTime } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';

/** One campaign: the domain, and the schools that it hit. */
export function CampaignPage() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const can = useCan();
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery({
    queryKey: ['campaigns', id],
    queryFn: ({ signal }) => call(getCampaign, { params: { id } }, { signal }),
  });
  return (
    <QueryView query={query} rows={6} back={{ to: '/campaigns', label: t('crawl.campaigns') }}>
      {(campaign) => (
        <>
          <PageHeader
            title={campaign.domain}
            tag={<EnumTag name="campaignState" value={campaign.state} />}
            description={words('campaignReason', campaign.reason)}
            back={{ to: '/campaigns', label: t('crawl.campaigns') }}
            actions={campaign.state === 'open' && can('findings.judge') ? <Judge id={id} /> : null}
          />
          <Panel>
            <Facts
              items={[
                [t('crawl.openedAt'), dateTime(campaign.openedAt)],
                [t('crawl.sites'), campaign.sites],
                [
                  t('crawl.judgedBy'),
                  campaign.judgedAt ? `${campaign.judgedBy} · ${dateTime(campaign.judgedAt)}` : null,
                ],
                [t('crawl.note'), campaign.note],
              ]}
            />
          </Panel>
          <Panel title={t('crawl.hitSites')}>
            <DataTable
              stacked
              size="small"
              rowKey="siteId"
              dataSource={campaign.siteList}
              columns={[
                {
                  title: t('crawl.site'),
                  render: (_v, row) => (
                    <Link to="/sites/$id" params={{ id: row.siteId }}>
                      {row.siteName}
                    </Link>
                  ),
                },
                { title: t('crawl.unit'), dataIndex: 'unitName' },
                {
                  title: t('crawl.page'),
                  render: (_v, row) => <span className="jd-mono jd-break">{row.url.slice(0, 200)}</span>,
                },
                {
                  title: t('crawl.firstSeen'),
                  render: (_v, row) => <span className="jd-num">{dateTime(row.firstSeenAt)}</span>,
                },
              ]}
            />
          </Panel>
        </>
      )}
    </QueryView>
  );
}

function Judge({ id }: { id: string }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const client = useQueryClient();
  const { message } = App.useApp();
  return (
    <FormDrawer label={t('crawl.judge')} icon={<AuditOutlined aria-hidden="true" />}>
      {(close) => (
        <SchemaForm
          schema={judgeCampaign.body!}
          initial={{ state: 'over' }}
          fields={{
            state: {
              label: t('crawl.state'),
              help: t('crawl.judgeHelp'),
              options: optionsOf(words, 'campaignState', campaignState.exclude(['open']).options),
            },
            note: { label: t('crawl.reason') },
          }}
          submitLabel={t('crawl.judge')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(judgeCampaign, { params: { id }, body });
            await client.invalidateQueries({ queryKey: ['campaigns'] });
            void message.success(t('crawl.judged'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}
