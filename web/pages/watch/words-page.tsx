import { useQuery } from '@tanstack/react-query';
import { useBlocker } from '@tanstack/react-router';
import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { importWords, wordSheet, wordSummary } from '#watch/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { currentLanguage } from '../../app/i18n.ts';
import { ImportButton } from '../../app/import-button.tsx';
import { useCan } from '../../app/session.ts';
import { halfOf } from '../../app/zod-words.ts';
import { DraftOffer } from '../../ui/draft-offer.tsx';
import { useListState } from '../../ui/list-state.ts';
import { dateMinute } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { PendingWords } from './pending-words.tsx';
import { RescanPanel } from './rescan-panel.tsx';
import { usePendingWords } from './use-pending-words.ts';
import { changesOf, countEdits, withEdit } from './word-edits.ts';
import { WordProposals } from './word-proposals.tsx';
import { WordTable } from './word-table.tsx';
import { WordTest } from './word-test.tsx';
import { WordVersions } from './word-versions.tsx';

type Summary = RouteReply<typeof wordSummary>;

const tabs: readonly string[] = ['proposals', 'versions', 'rescan'];

/** The word list: its terms, changes that wait for another person, versions, and checking all sites again. */
export function WordsPage() {
  const query = useQuery({
    queryKey: ['words', 'summary'],
    queryFn: ({ signal }) => call(wordSummary, {}, { signal }),
  });
  return <QueryView query={query}>{(summary) => <WordsView summary={summary} />}</QueryView>;
}

function WordsView({ summary }: { summary: Summary }) {
  const { t } = useTranslation();
  const can = useCan();
  const [state, change] = useListState();
  const pending = usePendingWords(summary.version);
  const { edits, drafts } = pending;
  const count = countEdits(edits);
  // Once the server has them a reload loses nothing, and nobody is asked.
  useBlocker({ shouldBlockFn: () => false, enableBeforeUnload: count > 0 && drafts.state !== 'kept' });
  const facts = [
    t('wordlist.from', { source: summary.source }),
    t('wordlist.changed', {
      name: halfOf(summary.changedBy, currentLanguage()),
      time: dateMinute(summary.changedAt),
    }),
    summary.approvedBy === null ? '' : t('wordWork.approvedBy', { name: summary.approvedBy }),
    t('wordWork.total', { count: summary.total }),
    summary.expired === 0 ? '' : t('wordWork.expired', { count: summary.expired }),
  ];
  return (
    <>
      <PageHeader
        title={t('wordlist.title')}
        tag={<span className="jd-faint">{t('wordlist.version', { version: summary.version })}</span>}
        description={`${t('wordWork.hint')} ${facts.filter((fact) => fact !== '').join(' · ')}`}
        actions={
          can('words.write') ? (
            <ImportButton target={importWords} spec={wordSheet} touches={['words', 'words-proposals']} />
          ) : null
        }
      />
      <Tabs
        activeKey={tabs.includes(state.tab) ? state.tab : ''}
        onChange={(tab) => change({ q: '', sort: '', filters: {}, tab })}
        items={[
          { key: '', label: t('wordWork.tabTerms') },
          {
            key: 'proposals',
            label:
              summary.waiting === 0
                ? t('wordWork.tabProposals')
                : `${t('wordWork.tabProposals')} (${summary.waiting})`,
          },
          { key: 'versions', label: t('wordWork.tabVersions') },
          { key: 'rescan', label: t('wordWork.tabRescan') },
        ]}
      />
      {state.tab === 'proposals' ? <WordProposals /> : null}
      {state.tab === 'versions' ? <WordVersions /> : null}
      {state.tab === 'rescan' ? <RescanPanel /> : null}
      {tabs.includes(state.tab) ? null : (
        <div className="jd-columns">
          <WordTable
            categories={summary.categories.map(({ category }) => category)}
            canEdit={can('words.write')}
            onEdit={(before, after) => pending.setEdits(withEdit(edits, before, after))}
          />
          <div>
            <DraftOffer drafts={drafts} onTake={pending.restore} />
            {count > 0 ? (
              <PendingWords key={pending.restores} version={summary.version} pending={pending} />
            ) : null}
            <WordTest changes={count > 0 ? changesOf(edits) : undefined} />
          </div>
        </div>
      )}
    </>
  );
}
