import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import {
  decideWords,
  getWordProposal,
  listWordProposals,
  withdrawWords,
  wordProposalState,
} from '#watch/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { listSource } from '../../app/list-source.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { WordDifference } from './word-difference.tsx';

/** Who refuses says why; who agrees need not. */
const refusal = decideWords.body!.extend({ note: z.string().trim().min(2).max(500) });

type Proposal = RouteReply<typeof listWordProposals>['items'][number];

/** Changes of the word list that wait, and those that were decided. */
export function WordProposals() {
  const { t } = useTranslation();
  const words = useEnumWords();
  return (
    <ListPage
      name="words-proposals"
      label={t('wordWork.tabProposals')}
      source={listSource(listWordProposals, ['state'])}
      rowKey={(row) => row.id}
      filters={[
        {
          key: 'state',
          label: t('wordWork.state'),
          options: optionsOf(words, 'wordProposalState', wordProposalState.options),
        },
      ]}
      columns={[
        { key: 'note', title: t('wordWork.note'), card: 'title', render: (row) => row.note },
        {
          key: 'counts',
          field: 'added',
          title: t('wordWork.tabTerms'),
          render: (row) => (
            <span className="jd-num">
              {t('wordWork.counts', { added: row.added, changed: row.changed, removed: row.removed })}
            </span>
          ),
        },
        {
          key: 'state',
          coded: 'wordProposalState',
          title: t('wordWork.state'),
          render: (row) => <EnumTag name="wordProposalState" value={row.state} />,
        },
        { key: 'proposedBy', title: t('wordWork.by'), render: (row) => row.proposedBy },
        {
          key: 'proposedAt',
          title: t('wordWork.at'),
          render: (row) => <span className="jd-num">{dateMinute(row.proposedAt)}</span>,
        },
        { key: 'actions', title: t('list.actions'), render: (row) => <LookDrawer row={row} /> },
      ]}
      empty={<EmptyState title={t('wordWork.proposalsEmpty')} hint={t('wordWork.proposalsEmptyHint')} />}
    />
  );
}

function LookDrawer({ row }: { row: Proposal }) {
  const { t } = useTranslation();
  return (
    <FormDrawer
      label={t(row.mayDecide ? 'wordWork.decide' : 'wordWork.look')}
      title={row.note}
      size="small"
      type={row.mayDecide ? 'primary' : 'default'}
    >
      {(close) => <Look row={row} close={close} />}
    </FormDrawer>
  );
}

function Look({ row, close }: { row: Proposal; close: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  const query = useQuery({
    queryKey: ['words-proposals', row.id],
    queryFn: ({ signal }) => call(getWordProposal, { params: { id: row.id } }, { signal }),
  });
  const done = async (version: number | null) => {
    await client.invalidateQueries({ queryKey: ['words-proposals'] });
    await client.invalidateQueries({ queryKey: ['words'] });
    void message.success(version === null ? t('wordWork.decided') : t('wordWork.inForce', { version }));
    close();
  };
  const params = { id: row.id };
  return (
    <QueryView query={query}>
      {(proposal) => (
        <>
          <WordDifference difference={proposal} />
          {proposal.decisionNote ? <p>{`${proposal.decidedBy ?? ''} ${proposal.decisionNote}`}</p> : null}
          {proposal.mayDecide ? (
            <Space orientation="vertical" style={{ width: '100%', marginTop: 16 }}>
              <SchemaForm
                schema={decideWords.body!}
                fields={{}}
                fixed={{ approve: true }}
                submitLabel={t('wordWork.approve')}
                onSubmit={async (body) => done((await call(decideWords, { params, body })).version)}
              />
              <SchemaForm
                schema={refusal}
                fields={{ note: { label: t('wordWork.refuseReason'), widget: 'textarea' } }}
                fixed={{ approve: false }}
                danger
                submitLabel={t('wordWork.refuse')}
                onSubmit={async (body) => done((await call(decideWords, { params, body })).version)}
              />
            </Space>
          ) : null}
          {proposal.mayWithdraw ? (
            <SchemaForm
              schema={decideWords.body!}
              fields={{}}
              fixed={{ approve: false }}
              submitLabel={t('wordWork.withdraw')}
              onSubmit={async () => {
                await call(withdrawWords, { params });
                await done(null);
              }}
            />
          ) : null}
        </>
      )}
    </QueryView>
  );
}
