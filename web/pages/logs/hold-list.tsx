import { useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { askLift, decideLift, holdState, type LogHold, listHolds } from '#logs/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { listSource } from '../../app/list-source.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { HoldButton } from './hold-form.tsx';

/** What cases hold, and who may lift it. */
export function HoldList() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const can = useCan();
  return (
    <ListPage
      name="logHolds"
      label={t('logRetention.holds')}
      search={t('list.search')}
      source={listSource(listHolds, ['state'])}
      rowKey={(row) => row.id}
      filters={[
        {
          key: 'state',
          label: t('logRetention.planState'),
          options: optionsOf(words, 'logHoldState', holdState.options),
        },
      ]}
      {...(can('logs.hold') && { tools: <HoldButton /> })}
      columns={[
        { key: 'caseNo', title: t('logRetention.caseNo'), card: 'title', render: (row) => row.caseNo },
        {
          key: 'state',
          title: t('logRetention.planState'),
          coded: 'logHoldState',
          render: (row) => <EnumTag name="logHoldState" value={row.state} />,
        },
        {
          key: 'what',
          field: 'sources',
          title: t('logRetention.what'),
          render: (row) => <What hold={row} />,
        },
        { key: 'reason', title: t('logRetention.reason'), render: (row) => row.reason },
        { key: 'placedBy', title: t('logRetention.placedBy'), render: (row) => row.placedBy },
        {
          key: 'placedAt',
          title: t('logRetention.at'),
          render: (row) => <span className="jd-num">{dateMinute(row.placedAt)}</span>,
        },
        { key: 'lift', field: 'id', title: t('logRetention.lift'), render: (row) => <Lift hold={row} /> },
      ]}
      empty={<EmptyState title={t('logRetention.noHolds')} hint={t('logRetention.noHoldsHint')} />}
    />
  );
}

function What({ hold }: { hold: LogHold }) {
  const { t } = useTranslation();
  const names = hold.sources.map((source) => source.name);
  const shown = names.length > 3 ? `${names.slice(0, 3).join('、')} … (${names.length})` : names.join('、');
  return (
    <>
      {shown}{' '}
      {hold.segmentIds.length > 0 ? t('logRetention.segmentsOf', { count: hold.segmentIds.length }) : null}
      {hold.since === null ? null : (
        <div className="jd-faint">
          {dateMinute(hold.since)} – {hold.until === null ? t('logRetention.open') : dateMinute(hold.until)}
        </div>
      )}
    </>
  );
}

function useDone() {
  const client = useQueryClient();
  const { message } = App.useApp();
  return (words: string) => {
    void message.success(words);
    return client.invalidateQueries({ queryKey: ['logHolds'] });
  };
}

function Lift({ hold }: { hold: LogHold }) {
  const { t } = useTranslation();
  const can = useCan();
  if (hold.state === 'lifted') return '—';
  if (hold.state === 'active') return can('logs.hold') ? <AskLift hold={hold} /> : '—';
  if (hold.lift?.askedByMe || !can('logs.hold_lift')) return t('logRetention.lifting');
  return <DecideLift hold={hold} />;
}

function AskLift({ hold }: { hold: LogHold }) {
  const { t } = useTranslation();
  const done = useDone();
  return (
    <FormDrawer
      label={t('logRetention.lift')}
      title={`${t('logRetention.lift')} ${hold.caseNo}`}
      size="small"
    >
      {(close) => (
        <SchemaForm
          schema={askLift.body!}
          fields={{ reason: { label: t('logRetention.reason'), widget: 'textarea' } }}
          extra={t('logRetention.liftHint')}
          submitLabel={t('logRetention.lift')}
          onSubmit={async (body) => {
            await call(askLift, { params: { id: hold.id }, body });
            close();
            await done(t('logRetention.lifting'));
          }}
        />
      )}
    </FormDrawer>
  );
}

const noteSchema = z.object({ note: z.string().trim().max(500).optional() });

function DecideLift({ hold }: { hold: LogHold }) {
  const { t } = useTranslation();
  const done = useDone();
  const form = (accept: boolean, close: () => void) => (
    <SchemaForm
      schema={noteSchema}
      fields={{ note: { label: t('logRetention.note'), widget: 'textarea' } }}
      danger={accept}
      submitLabel={accept ? t('logRetention.accept') : t('logRetention.keep')}
      onSubmit={async (body) => {
        await call(decideLift, { params: { id: hold.id }, body: { accept, ...body } });
        close();
        await done(accept ? t('logRetention.lifted') : t('logRetention.keptOn'));
      }}
    />
  );
  return (
    <FormDrawer label={t('logRetention.decideLift')} size="small">
      {(close) => (
        <>
          <p>
            {t('logRetention.liftAsked', { name: hold.lift?.askedBy ?? '', reason: hold.lift?.reason ?? '' })}
          </p>
          {form(true, close)}
          {form(false, close)}
        </>
      )}
    </FormDrawer>
  );
}
