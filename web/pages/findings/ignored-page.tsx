import { Link } from '@tanstack/react-router';
import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { listSuppressions, suppressedCounts, suppressionScope, suppressionState } from '#findings/contract';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { listSource } from '../../app/list-source.ts';
import { useRuleWords } from '../../app/rule-words.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { useListState } from '../../ui/list-state.ts';
import { dateMinute } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { SuppressionActs } from './suppression-acts.tsx';

/** What is ignored, who agreed to it and until when, and how much of it there is. */
export function IgnoredPage() {
  const { t } = useTranslation();
  const [state, change] = useListState();
  const tab = state.tab === 'sites' ? 'sites' : '';
  return (
    <>
      <PageHeader
        title={t('findingWork.ignoredTitle')}
        description={t('findingWork.ignoredHint')}
        back={{ to: '/findings', label: t('findings.title') }}
      />
      <Tabs
        activeKey={tab}
        onChange={(next) => change({ q: '', sort: '', filters: {}, tab: next })}
        items={[
          { key: '', label: t('findingWork.byScope') },
          { key: 'sites', label: t('findingWork.bySite') },
        ]}
      />
      {tab === 'sites' ? <CountList /> : <SuppressionList />}
    </>
  );
}

function SuppressionList() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const ruleWords = useRuleWords();
  return (
    <ListPage
      name="suppressions"
      label={t('findingWork.byScope')}
      search={t('findingWork.ignoredSearch')}
      source={listSource(listSuppressions, ['state', 'scope', 'siteId', 'rule'])}
      rowKey={(row) => row.id}
      filters={[
        {
          key: 'state',
          label: t('findingWork.state'),
          options: optionsOf(words, 'suppressionState', suppressionState.options),
        },
        {
          key: 'scope',
          label: t('findingWork.scope'),
          options: optionsOf(words, 'suppressionScope', suppressionScope.options),
        },
      ]}
      columns={[
        {
          key: 'subject',
          title: t('findingWork.subject'),
          card: 'title',
          render: (row) => (
            <Link to="/findings/$id" params={{ id: row.findingId }} className="jd-break">
              {row.subject.slice(0, 60)}
            </Link>
          ),
        },
        {
          key: 'state',
          coded: 'suppressionState',
          title: t('findingWork.state'),
          render: (row) => <EnumTag name="suppressionState" value={row.state} />,
        },
        {
          key: 'scope',
          coded: 'suppressionScope',
          title: t('findingWork.scope'),
          render: (row) => words('suppressionScope', row.scope),
        },
        {
          key: 'rule',
          title: t('findingWork.rule'),
          extra: true,
          render: (row) => <span title={row.rule}>{ruleWords(row.rule)}</span>,
          text: (row) => ruleWords(row.rule),
        },
        {
          key: 'siteName',
          title: t('findingWork.site'),
          render: (row) => (row.scope === 'term' ? row.unitName : (row.siteName ?? row.unitName)),
        },
        { key: 'reason', title: t('findingWork.reason'), render: (row) => row.reason },
        {
          key: 'expiresAt',
          title: t('findingWork.expiresOn'),
          render: (row) => <span className="jd-num">{dateMinute(row.expiresAt)}</span>,
        },
        {
          key: 'timesSuppressed',
          title: t('findingWork.times'),
          render: (row) => <span className="jd-num">{row.timesSuppressed}</span>,
        },
        { key: 'actions', title: t('list.actions'), render: (row) => <SuppressionActs row={row} /> },
      ]}
      empty={<EmptyState title={t('findingWork.ignoredEmpty')} hint={t('findingWork.ignoredEmptyHint')} />}
    />
  );
}

function CountList() {
  const { t } = useTranslation();
  const ruleWords = useRuleWords();
  return (
    <ListPage
      name="suppressed-counts"
      label={t('findingWork.bySite')}
      source={listSource(suppressedCounts, ['siteId'])}
      rowKey={(row) => `${row.siteId ?? row.unitName} ${row.rule}`}
      columns={[
        {
          key: 'siteName',
          title: t('findingWork.site'),
          card: 'title',
          render: (row) => row.siteName ?? row.unitName,
        },
        { key: 'unitName', title: t('findingWork.unit'), render: (row) => row.unitName },
        {
          key: 'rule',
          title: t('findingWork.rule'),
          render: (row) => <span title={row.rule}>{ruleWords(row.rule)}</span>,
          text: (row) => ruleWords(row.rule),
        },
        {
          key: 'findings',
          title: t('findingWork.findings'),
          render: (row) => <span className="jd-num">{row.findings}</span>,
        },
        {
          key: 'times',
          title: t('findingWork.times'),
          render: (row) => <span className="jd-num">{row.times}</span>,
        },
      ]}
      empty={<EmptyState title={t('findingWork.ignoredEmpty')} hint={t('findingWork.ignoredEmptyHint')} />}
    />
  );
}
