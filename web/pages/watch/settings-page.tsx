import { EditOutlined } from '@ant-design/icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import {
  crawlPolicy,
  getCrawlPolicy,
  getProbeRules,
  probeRules,
  saveCrawlPolicy,
  saveProbeRules,
} from '#watch/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { listComma } from '../../app/punctuation.ts';
import { useCan } from '../../app/session.ts';
import { dateTime } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { LevelsPanel, VersionsPanel } from './rule-settings.tsx';

type Policy = RouteReply<typeof getCrawlPolicy>;
type Rules = RouteReply<typeof getProbeRules>;

/** The numbers by which websites are crawled, drawn, probed and looked for; each change is a version. */
export function WatchSettingsPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHeader
        title={t('watchSettings.title')}
        description={t('watchSettings.hint')}
        back={{ to: '/watch', label: t('siteWatch.wall') }}
      />
      <CrawlPanel />
      <ProbePanels />
    </>
  );
}

function CrawlPanel() {
  const { t } = useTranslation();
  const can = useCan();
  const query = useQuery({
    queryKey: ['watch-settings', 'policy'],
    queryFn: ({ signal }) => call(getCrawlPolicy, {}, { signal }),
  });
  const days = (count: number) => t('watchSettings.days', { count });
  return (
    <Panel
      title={t('watchSettings.crawl')}
      extra={query.data && can('words.write') ? <CrawlForm known={query.data} /> : null}
    >
      <QueryView query={query} rows={6}>
        {({ policy, ...version }) => (
          <Facts
            items={[
              [t('watchSettings.version'), <Version key="version" {...version} />],
              [t('watchSettings.staleHomeFact'), days(policy.staleDays.home)],
              [t('watchSettings.staleNewsFact'), days(policy.staleDays.news)],
              [t('watchSettings.staleNoticeFact'), days(policy.staleDays.notice)],
              [t('watchSettings.campaign'), t('watchSettings.campaignOf', policy.campaign)],
              [t('watchSettings.homeLook'), t('watchSettings.homeLookOf', policy.homeLook)],
              [t('watchSettings.keep'), t('watchSettings.keepOf', policy.homeLook)],
              [t('watchSettings.knownGood'), t('watchSettings.domains', { count: policy.knownGood.length })],
            ]}
          />
        )}
      </QueryView>
    </Panel>
  );
}

function Version({ version, changedBy, changedAt }: Pick<Policy, 'version' | 'changedBy' | 'changedAt'>) {
  const { t } = useTranslation();
  if (version === 0 || changedAt === null) return t('watchSettings.starter');
  return t('watchSettings.versionOf', { version, by: changedBy ?? '', at: dateTime(changedAt) });
}

function CrawlForm({ known }: { known: Policy }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  return (
    <FormDrawer
      label={t('watchSettings.edit')}
      title={t('watchSettings.crawl')}
      icon={<EditOutlined aria-hidden="true" />}
    >
      {(close) => (
        <SchemaForm
          schema={crawlPolicy}
          initial={known.policy}
          fields={{
            staleDays: {
              label: t('watchSettings.stale'),
              fields: {
                home: { label: t('watchSettings.staleHome') },
                news: { label: t('watchSettings.staleNews') },
                notice: { label: t('watchSettings.staleNotice') },
              },
            },
            campaign: {
              label: t('watchSettings.campaign'),
              fields: {
                sites: { label: t('watchSettings.campaignSites') },
                harmfulSites: { label: t('watchSettings.campaignHarmful') },
                days: { label: t('watchSettings.campaignDays') },
              },
            },
            homeLook: {
              label: t('watchSettings.homeLook'),
              fields: {
                wholePercent: { label: t('watchSettings.whole') },
                firstScreenPercent: { label: t('watchSettings.firstScreen') },
                keepDays: { label: t('watchSettings.keepDays') },
                keepDifferingDays: { label: t('watchSettings.keepDiffering') },
              },
            },
            knownGood: { label: t('watchSettings.knownGood'), help: t('watchSettings.knownGoodHelp') },
          }}
          submitLabel={t('action.save')}
          onCancel={close}
          onSubmit={async (policy) => {
            await call(saveCrawlPolicy, { body: { basedOn: known.version, policy } });
            await client.invalidateQueries({ queryKey: ['watch-settings'] });
            void message.success(t('watchSettings.saved'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}

function ProbePanels() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  const query = useQuery({
    queryKey: ['watch-settings', 'rules'],
    queryFn: ({ signal }) => call(getProbeRules, {}, { signal }),
  });
  async function save(known: Rules, change: Partial<Rules['rules']>) {
    await call(saveProbeRules, { body: { basedOn: known.version, rules: { ...known.rules, ...change } } });
    await client.invalidateQueries({ queryKey: ['watch-settings'] });
    void message.success(t('watchSettings.saved'));
  }
  return (
    <QueryView query={query} rows={6}>
      {(known) => {
        const onSave = (change: Partial<Rules['rules']>) => save(known, change);
        return (
          <>
            <ProbePanel known={known} onSave={onSave} />
            <LevelsPanel rules={known.rules} onSave={onSave} />
            <VersionsPanel rules={known.rules} onSave={onSave} />
          </>
        );
      }}
    </QueryView>
  );
}

interface ProbeProps {
  readonly known: Rules;
  readonly onSave: (change: Partial<Rules['rules']>) => Promise<void>;
}

function ProbePanel({ known, onSave }: ProbeProps) {
  const { t } = useTranslation();
  const can = useCan();
  const { rules, ...version } = known;
  const days = rules.expiryDays.map((count) => t('watchSettings.days', { count })).join(listComma());
  return (
    <Panel
      title={t('watchSettings.probes')}
      extra={can('watch.rules') ? <ProbeForm known={known} onSave={onSave} /> : null}
    >
      <Facts
        items={[
          [t('watchSettings.version'), <Version key="version" {...version} />],
          [t('watchSettings.perDay'), t('watchSettings.times', { count: rules.probesPerDay })],
          [t('watchSettings.limit'), t('watchSettings.seconds', { count: rules.limitSeconds })],
          [t('watchSettings.weekly'), `${rules.weeklyPercent}%`],
          [t('watchSettings.expiry'), days],
          [t('watchSettings.filesEvery'), t('watchSettings.days', { count: rules.filesEveryDays })],
          [
            t('watchSettings.sweep'),
            rules.sweepPrefix > 32
              ? t('watchSettings.sweepOff')
              : t('watchSettings.sweepOf', {
                  prefix: rules.sweepPrefix,
                  ports: rules.sweepPorts.join(listComma()),
                }),
          ],
          [t('watchSettings.source'), rules.source],
        ]}
      />
      <p className="jd-faint">{t('watchSettings.sweepHint')}</p>
      {can('watch.rules') ? null : <p className="jd-faint">{t('watchSettings.whoMay')}</p>}
    </Panel>
  );
}

/** Levels of single rules and versions out of support have forms of their own. */
const shownRules = probeRules.omit({ levels: true, versions: true });

function ProbeForm({ known, onSave }: ProbeProps) {
  const { t } = useTranslation();
  const { levels: _levels, versions: _versions, ...shown } = known.rules;
  return (
    <FormDrawer
      label={t('watchSettings.edit')}
      title={t('watchSettings.probes')}
      icon={<EditOutlined aria-hidden="true" />}
    >
      {(close) => (
        <SchemaForm
          schema={shownRules}
          initial={shown}
          fields={{
            probesPerDay: { label: t('watchSettings.perDay'), help: t('watchSettings.perDayHelp') },
            limitSeconds: { label: t('watchSettings.limit') },
            weeklyPercent: { label: t('watchSettings.weekly') },
            expiryDays: { label: t('watchSettings.expiry') },
            filesEveryDays: { label: t('watchSettings.filesEveryForm') },
            sweepPrefix: { label: t('watchSettings.sweepPrefix'), help: t('watchSettings.sweepPrefixHelp') },
            sweepPorts: { label: t('watchSettings.sweepPorts') },
            source: { label: t('watchSettings.source'), widget: 'textarea' },
          }}
          submitLabel={t('action.save')}
          onCancel={close}
          onSubmit={async (rules) => {
            await onSave(rules);
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}
