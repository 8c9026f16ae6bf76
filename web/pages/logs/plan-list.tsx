import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { listDropPlans, planState, proposeDrop } from '#logs/contract';
import { call } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { useLanguage } from '../../app/i18n.ts';
import { listSource } from '../../app/list-source.ts';
import { useCan } from '../../app/session.ts';
import { bytesText } from '../../ui/bytes-text.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { PlanButton } from './plan-drawer.tsx';

/** What may be dropped and what was: the list is the proof that stays. */
export function PlanList() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const can = useCan();
  return (
    <ListPage
      name="logDropPlans"
      label={t('logRetention.plans')}
      source={listSource(listDropPlans, ['state'])}
      rowKey={(row) => row.id}
      filters={[
        {
          key: 'state',
          label: t('logRetention.planState'),
          options: optionsOf(words, 'dropPlanState', planState.options),
        },
      ]}
      {...(can('logs.retention_confirm') && { tools: <ProposeNow /> })}
      columns={[
        {
          key: 'proposedAt',
          title: t('logRetention.proposedAt'),
          card: 'title',
          render: (row) => <span className="jd-num">{dateMinute(row.proposedAt)}</span>,
        },
        {
          key: 'state',
          title: t('logRetention.planState'),
          coded: 'dropPlanState',
          render: (row) => <EnumTag name="dropPlanState" value={row.state} />,
        },
        { key: 'days', title: t('logRetention.daysCount'), render: (row) => row.days },
        { key: 'sources', title: t('logRetention.sources'), render: (row) => row.sources },
        {
          key: 'segments',
          title: t('logRetention.segments'),
          render: (row) => <span className="jd-num">{row.segments.toLocaleString()}</span>,
        },
        { key: 'rawBytes', title: t('logRetention.size'), render: (row) => bytesText(row.rawBytes) },
        {
          key: 'heldSegments',
          title: t('logRetention.heldSegments'),
          render: (row) => <span className="jd-num">{row.heldSegments.toLocaleString()}</span>,
        },
        {
          key: 'confirmedBy',
          title: t('logRetention.confirmedBy'),
          render: (row) => row.confirmedBy ?? '—',
        },
        { key: 'decidedBy', title: t('logRetention.decidedBy'), render: (row) => row.decidedBy ?? '—' },
        {
          key: 'id',
          title: t('logRetention.plan'),
          render: (row) => <PlanButton id={row.id} time={dateMinute(row.proposedAt)} />,
        },
      ]}
      empty={<EmptyState title={t('logRetention.noPlans')} hint={t('logRetention.noPlansHint')} />}
    />
  );
}

function ProposeNow() {
  const { t } = useTranslation();
  const language = useLanguage();
  const client = useQueryClient();
  const { message } = App.useApp();
  const propose = useMutation({
    mutationFn: () => call(proposeDrop, {}),
    onSuccess: ({ plan }) => {
      void message.success(plan ? t('logRetention.proposed') : t('logRetention.nothingDue'));
      return client.invalidateQueries({ queryKey: ['logDropPlans'] });
    },
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
  return (
    <Button loading={propose.isPending} onClick={() => propose.mutate()}>
      {t('logRetention.proposeNow')}
    </Button>
  );
}
