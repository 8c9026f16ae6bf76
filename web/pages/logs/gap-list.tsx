import { useTranslation } from 'react-i18next';
import { gapProof, gapState, listGaps } from '#logs/contract';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { listSource } from '../../app/list-source.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { GapButton } from './gap-drawer.tsx';

/** Gaps with who answered for them; of one source, or of all in scope. */
export function GapList({ sourceId }: { sourceId?: number }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const fixed = sourceId === undefined ? {} : { sourceId };
  return (
    <ListPage
      name="logGaps"
      label={t('logLedger.gaps')}
      source={listSource(listGaps, ['proof', 'state'], fixed)}
      rowKey={(row) => row.id}
      filters={[
        {
          key: 'state',
          label: t('logLedger.state'),
          options: optionsOf(words, 'gapState', gapState.options),
        },
        {
          key: 'proof',
          label: t('logLedger.proof'),
          options: optionsOf(words, 'gapProof', gapProof.options),
        },
      ]}
      columns={[
        { key: 'source', title: t('logLedger.source'), card: 'title', render: (row) => row.source },
        {
          key: 'proof',
          title: t('logLedger.proof'),
          coded: 'gapProof',
          render: (row) => words('gapProof', row.proof),
        },
        {
          key: 'began',
          title: t('logLedger.began'),
          render: (row) => <span className="jd-num">{dateMinute(row.began)}</span>,
        },
        {
          key: 'ended',
          title: t('logLedger.ended'),
          render: (row) =>
            row.ended === null ? (
              t('logLedger.lasts')
            ) : (
              <span className="jd-num">{dateMinute(row.ended)}</span>
            ),
        },
        {
          key: 'lost',
          title: t('logLedger.lost'),
          render: (row) =>
            row.lost === null ? '—' : <span className="jd-num">{row.lost.toLocaleString()}</span>,
        },
        {
          key: 'state',
          title: t('logLedger.state'),
          coded: 'gapState',
          render: (row) => (
            <>
              <EnumTag name="gapState" value={row.state} />{' '}
              {row.reason === null ? null : words('gapReason', row.reason)}
            </>
          ),
        },
        { key: 'unitName', title: t('logLedger.unit'), extra: true, render: (row) => row.unitName ?? '—' },
        {
          key: 'open',
          title: t('logLedger.gapTitle'),
          render: (row) => <GapButton id={row.id} source={row.source} />,
        },
      ]}
      empty={<EmptyState title={t('logLedger.noGaps')} hint={t('logLedger.noGapsHint')} />}
    />
  );
}
