import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Drawer } from 'antd';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { confirmDrop, type DropPlan, decideDrop, getDropPlan, listDropItems } from '#logs/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { useCan } from '../../app/session.ts';
import { bytesText } from '../../ui/bytes-text.ts';
import { useListState } from '../../ui/list-state.ts';
import { dateTime } from '../../ui/moment.ts';
import { phoneWidth, useNarrowerThan } from '../../ui/narrow.ts';
import { Facts } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { DropItems } from './drop-items.tsx';

/** Opens a plan beside the list; it stands in the address. */
export function PlanButton({ id, time }: { id: string; time: string }) {
  const { t } = useTranslation();
  const [{ filters, page }, change] = useListState();
  return (
    <Button
      size="small"
      aria-haspopup="dialog"
      aria-label={`${t('logRetention.look')} ${t('logRetention.plan')} ${time}`}
      onClick={() => change({ filters: { ...filters, plan: id }, page })}
    >
      {t('logRetention.look')}
    </Button>
  );
}

/** The plan that the address names: `?plan=<id>`, from the list or from a task's link. */
export function PlanFromAddress() {
  const [{ filters, page }, change] = useListState();
  const { plan, ...rest } = filters;
  return plan === undefined ? null : <PlanDrawer id={plan} onClose={() => change({ filters: rest, page })} />;
}

function PlanDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const isPhone = useNarrowerThan(phoneWidth);
  const query = useQuery({
    queryKey: ['logDropPlans', 'one', id],
    queryFn: ({ signal }) => call(getDropPlan, { params: { id } }, { signal }),
    refetchInterval: ({ state }) => (state.data?.state === 'approved' ? 2_000 : false),
  });
  const items = useQuery({
    queryKey: ['logDropPlans', 'items', id],
    queryFn: ({ signal }) => call(listDropItems, { params: { id }, query: { pageSize: 500 } }, { signal }),
    refetchInterval: query.data?.state === 'approved' ? 2_000 : false,
  });
  return (
    <Drawer open onClose={onClose} size={isPhone ? '100%' : 720} title={t('logRetention.plan')}>
      <QueryView query={query}>
        {(plan) => (
          <>
            <PlanFacts plan={plan} />
            <PlanActs plan={plan} />
            <h3>{t('logRetention.items')}</h3>
            <QueryView query={items}>{({ items: rows }) => <DropItems rows={rows} />}</QueryView>
          </>
        )}
      </QueryView>
    </Drawer>
  );
}

function PlanFacts({ plan }: { plan: DropPlan }) {
  const { t } = useTranslation();
  const said = (name: string | null, at: string | null, note: string | null) =>
    name === null ? null : `${name} ${dateTime(at)} ${note ?? ''}`;
  return (
    <Facts
      items={[
        [t('logRetention.planState'), <EnumTag key="state" name="dropPlanState" value={plan.state} />],
        [t('logRetention.proposedAt'), dateTime(plan.proposedAt)],
        [t('logRetention.daysCount'), plan.days],
        [t('logRetention.sources'), plan.sources],
        [t('logRetention.segments'), plan.segments.toLocaleString()],
        [t('logRetention.records'), plan.records.toLocaleString()],
        [t('logRetention.size'), bytesText(plan.rawBytes)],
        [t('logRetention.heldSegments'), plan.heldSegments.toLocaleString()],
        [t('logRetention.confirmedBy'), said(plan.confirmedBy, plan.confirmedAt, plan.confirmedNote)],
        [t('logRetention.decidedBy'), said(plan.decidedBy, plan.decidedAt, plan.decidedNote)],
        [t('logRetention.doneAt'), plan.doneAt && dateTime(plan.doneAt)],
        [t('logRetention.problem'), plan.problem],
      ]}
    />
  );
}

function PlanActs({ plan }: { plan: DropPlan }) {
  const { t } = useTranslation();
  const can = useCan();
  const isOpen = plan.state === 'proposed' || plan.state === 'confirmed';
  const mayApprove = plan.state === 'confirmed' && can('logs.retention_approve');
  return (
    <>
      {isOpen && plan.warnings.includes('many_days') ? (
        <Warning text={t('logRetention.warnManyDays')} />
      ) : null}
      {isOpen && plan.warnings.includes('clock_gap') ? (
        <Warning text={t('logRetention.warnClockGap')} />
      ) : null}
      {plan.state === 'proposed' && can('logs.retention_confirm') ? <ConfirmForm plan={plan} /> : null}
      {mayApprove && plan.confirmedByMe ? <Warning text={t('logRetention.waitsForOther')} /> : null}
      {mayApprove && !plan.confirmedByMe ? <DecisionForms plan={plan} /> : null}
    </>
  );
}

function Warning({ text }: { text: string }) {
  return <Alert type="warning" showIcon title={text} style={{ margin: '12px 0' }} />;
}

function useDone() {
  const client = useQueryClient();
  const { message } = App.useApp();
  return (words: string) => {
    void message.success(words);
    return client.invalidateQueries({ queryKey: ['logDropPlans'] });
  };
}

function ConfirmForm({ plan }: { plan: DropPlan }) {
  const { t } = useTranslation();
  const done = useDone();
  return (
    <SchemaForm
      schema={confirmDrop.body!}
      fields={{
        segments: { label: t('logRetention.confirmSegments') },
        note: { label: t('logRetention.note'), widget: 'textarea' },
      }}
      extra={t('logRetention.confirmHint')}
      submitLabel={t('logRetention.confirm')}
      onSubmit={async (body) => {
        await call(confirmDrop, { params: { id: plan.id }, body });
        await done(t('logRetention.confirmed'));
      }}
    />
  );
}

const decisionSchema = z.object({ note: decideDrop.body!.shape.note });

function DecisionForms({ plan }: { plan: DropPlan }) {
  const { t } = useTranslation();
  const done = useDone();
  const form = (approve: boolean) => (
    <SchemaForm
      schema={decisionSchema}
      fields={{ note: { label: t('logRetention.note'), widget: 'textarea' } }}
      danger={approve}
      extra={approve ? t('logRetention.approveHint') : undefined}
      submitLabel={approve ? t('logRetention.approve') : t('logRetention.refuse')}
      onSubmit={async ({ note }) => {
        await call(decideDrop, { params: { id: plan.id }, body: { approve, note } });
        await done(approve ? t('logRetention.approved') : t('logRetention.refused'));
      }}
    />
  );
  return (
    <>
      {form(true)}
      {form(false)}
    </>
  );
}
