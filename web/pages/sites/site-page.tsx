import { EditOutlined, ExportOutlined, SyncOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { App, Button, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getSite, type Site, updateSite } from '#sites/contract';
import { probeNow, startCheck } from '#watch/contract';
import { call } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { useCan } from '../../app/session.ts';
import { dateTime } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import { RetiredNote, RetireSite } from './retire-site.tsx';
import { SiteChecks } from './site-checks.tsx';
import { SiteColumns } from './site-columns.tsx';
import { SiteFindings } from './site-findings.tsx';
import { SiteHealthTag } from './site-health-tag.tsx';
import { SiteTimeline } from './site-timeline.tsx';
import { SiteAvailability, SiteServer } from './site-watch.tsx';

/** One website: its entry, its findings, its checks. */
export function SitePage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery({
    queryKey: ['sites', id],
    queryFn: ({ signal }) => call(getSite, { params: { id } }, { signal }),
  });
  return (
    <QueryView query={query} rows={10} back={{ to: '/sites', label: t('sites.title') }}>
      {(site) => (
        <>
          <PageHeader
            title={site.name}
            tag={<SiteHealthTag site={site} />}
            description={site.unitName}
            back={{ to: '/sites', label: t('sites.title') }}
            actions={<SiteActions site={site} />}
          />
          <RetiredNote site={site} />
          <div className="jd-columns">
            <div>
              <SiteAvailability siteId={site.id} isRetired={site.retired !== null} />
              <SiteFindings
                siteId={site.id}
                isClean={site.health === 'clean'}
                isRetired={site.retired !== null}
              />
              <SiteChecks siteId={site.id} />
              <SiteColumns siteId={site.id} />
              <SiteTimeline siteId={site.id} />
            </div>
            <div>
              <SiteFacts site={site} />
              <SiteServer siteId={site.id} />
            </div>
          </div>
        </>
      )}
    </QueryView>
  );
}

function SiteFacts({ site }: { site: Site }) {
  const { t } = useTranslation();
  return (
    <Panel title={t('sites.facts')}>
      <Facts
        items={[
          [
            t('sites.url'),
            <span key="url" className="jd-mono jd-break">
              {site.url}
            </span>,
          ],
          [t('sites.lastChecked'), site.lastCheckedAt ? dateTime(site.lastCheckedAt) : t('sites.never')],
          [t('sites.openFindings'), site.openFindings],
          [t('sites.manager'), site.managerName ?? '—'],
          [t('posts.siteHead'), site.headName ?? '—'],
          [t('posts.siteManagement'), <SiteManagement key="people" site={site} />],
          [t('sites.icp'), site.icpNo ?? '—'],
          [t('sites.police'), site.policeNo ?? '—'],
          [t('sites.serverAddress'), site.serverAddress ?? '—'],
          [t('sites.resolveTo'), site.resolveTo],
        ]}
      />
    </Panel>
  );
}

/** Whether somebody in post answers for the site; if not, since when (失管, D2). */
function SiteManagement({ site }: { site: Site }) {
  const { t } = useTranslation();
  if (!site.orphaned) return <StatusTag tone="ok">{t('posts.siteManaged')}</StatusTag>;
  return (
    <>
      <StatusTag tone="danger">
        {site.orphanedSince
          ? t('posts.siteOrphanedSince', { day: site.orphanedSince })
          : t('posts.siteOrphaned')}
      </StatusTag>
      <div className="jd-faint">{t('posts.siteOrphanHelp')}</div>
    </>
  );
}

function SiteActions({ site }: { site: Site }) {
  const { t } = useTranslation();
  const can = useCan();
  const client = useQueryClient();
  const language = useLanguage();
  const { message } = App.useApp();
  const check = useMutation({
    mutationFn: () => call(startCheck, { params: { id: site.id } }),
    onSuccess: () => {
      void message.success(t('sites.checkStarted'));
      return client.invalidateQueries({ queryKey: ['checks'] });
    },
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
  const probe = useMutation({
    mutationFn: () => call(probeNow, { params: { id: site.id } }),
    onSuccess: () => void message.success(t('siteWatch.probeAsked')),
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
  return (
    <Space wrap>
      {can('watch.check') && !site.retired ? (
        <Button loading={probe.isPending} onClick={() => probe.mutate()}>
          {t('siteWatch.probeNow')}
        </Button>
      ) : null}
      <Button
        icon={<ExportOutlined aria-hidden="true" />}
        href={site.url}
        target="_blank"
        rel="noreferrer noopener"
      >
        {t('sites.visit')}
      </Button>
      {can('sites.write') && !site.retired ? <EditSite site={site} /> : null}
      {can('sites.retire') ? <RetireSite site={site} /> : null}
      {can('watch.check') && !site.retired ? (
        <Button
          type="primary"
          icon={<SyncOutlined aria-hidden="true" />}
          loading={check.isPending}
          onClick={() => check.mutate()}
        >
          {t('sites.checkNow')}
        </Button>
      ) : null}
    </Space>
  );
}

function EditSite({ site }: { site: Site }) {
  const { t } = useTranslation();
  return (
    <FormDrawer label={t('sites.edit')} icon={<EditOutlined aria-hidden="true" />}>
      {(close) => <EditForm opened={site} close={close} />}
    </FormDrawer>
  );
}

function EditForm({ opened, close }: { opened: Site; close: () => void }) {
  const { t } = useTranslation();
  const can = useCan();
  const client = useQueryClient();
  const { message } = App.useApp();
  // As it stood when the form was opened: a reload behind it must not pass for what was on the screen.
  const [site] = useState(opened);
  return (
    <SchemaForm
      schema={updateSite.body!}
      fixed={{ revision: site.revision }}
      extra={can('sites.retire') ? undefined : t('siteRetired.askOfficer')}
      initial={definedOnly({
        name: site.name,
        url: site.url,
        icpNo: site.icpNo,
        policeNo: site.policeNo,
        serverAddress: site.serverAddress,
        resolveTo: site.resolveTo,
      })}
      fields={{
        name: { label: t('sites.name') },
        url: {
          label: t('sites.url'),
          help: site.firstReadAt ? t('siteRetired.urlFixed') : t('siteRetired.urlFree'),
        },
        reason: { label: t('siteRetired.urlReason'), help: t('siteRetired.urlReasonHelp') },
        icpNo: { label: t('sites.icp'), example: '浙ICP备00000000号-1' },
        policeNo: { label: t('sites.police'), example: '浙公网安备 33000000000000号' },
        managerNo: { label: t('sites.managerNo'), widget: 'person', gives: 'personNo' },
        headNo: { label: t('posts.siteHeadNo'), widget: 'person', gives: 'personNo' },
        serverAddress: { label: t('sites.serverAddress') },
        resolveTo: { label: t('sites.resolveTo'), help: t('sites.resolveToHelp') },
      }}
      submitLabel={t('action.save')}
      onCancel={close}
      onSubmit={async (body) => {
        await call(updateSite, { params: { id: site.id }, body });
        await client.invalidateQueries({ queryKey: ['sites'] });
        void message.success(t('sites.saved'));
        close();
      }}
    />
  );
}

function definedOnly(values: Record<string, string | null>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}
