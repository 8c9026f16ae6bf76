import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Drawer } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { answerGap, decideGap, type GapWithAnswers, gapReason, getGap } from '#logs/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { useCan } from '../../app/session.ts';
import { useListState } from '../../ui/list-state.ts';
import { dateTime } from '../../ui/moment.ts';
import { phoneWidth, useNarrowerThan } from '../../ui/narrow.ts';
import { Facts } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';

/** Opens a gap beside the list. It stands in the address: an answered gap may leave the list while it is looked at. */
export function GapButton({ id, source }: { id: string; source: string }) {
  const { t } = useTranslation();
  const [{ filters, page }, change] = useListState();
  return (
    <Button
      size="small"
      aria-haspopup="dialog"
      aria-label={`${t('logLedger.look')} ${t('logLedger.gapTitle')} ${source}`}
      onClick={() => change({ filters: { ...filters, gap: id }, page })}
    >
      {t('logLedger.look')}
    </Button>
  );
}

/** The gap that the address names: `?gap=<id>`, from the list or from a task's link. */
export function GapFromAddress() {
  const [{ filters, page }, change] = useListState();
  const { gap, ...rest } = filters;
  return gap === undefined ? null : <GapDrawer id={gap} onClose={() => change({ filters: rest, page })} />;
}

function GapDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const isPhone = useNarrowerThan(phoneWidth);
  const query = useQuery({
    queryKey: ['logs', 'gap', id],
    queryFn: ({ signal }) => call(getGap, { params: { id } }, { signal }),
  });
  return (
    <Drawer open onClose={onClose} size={isPhone ? '100%' : 480} title={t('logLedger.gapTitle')}>
      <QueryView query={query}>{(gap) => <GapView gap={gap} />}</QueryView>
    </Drawer>
  );
}

function GapView({ gap }: { gap: GapWithAnswers }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const can = useCan();
  return (
    <>
      <Facts
        items={[
          [t('logLedger.source'), gap.source],
          [t('logLedger.unit'), gap.unitName],
          [t('logLedger.proof'), words('gapProof', gap.proof)],
          [t('logLedger.began'), dateTime(gap.began)],
          [t('logLedger.ended'), gap.ended === null ? t('logLedger.lasts') : dateTime(gap.ended)],
          [t('logLedger.lost'), gap.lost === null ? t('logLedger.lostUnknown') : gap.lost.toLocaleString()],
          [t('logLedger.state'), <EnumTag key="state" name="gapState" value={gap.state} />],
        ]}
      />
      {gap.answers.length > 0 ? <Answers gap={gap} /> : null}
      {gap.state === 'unanswered' && can('logs.gaps') ? <AnswerForm gap={gap} /> : null}
      {gap.state === 'waiting' && can('logs.gaps_decide') ? <DecisionForm gap={gap} /> : null}
    </>
  );
}

function Answers({ gap }: { gap: GapWithAnswers }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  return (
    <>
      <h3>{t('logLedger.history')}</h3>
      <ol>
        {gap.answers.map((one) => (
          <li key={one.id}>
            <strong>{words('gapReason', one.reason)}</strong> {one.words}
            <div className="jd-faint">
              {t('logLedger.given', { name: one.givenName, time: dateTime(one.givenAt) })}
            </div>
            <div className="jd-faint">
              {one.accepted === null ? t('logLedger.waitsForSecond') : null}
              {one.decidedName === null
                ? null
                : t('logLedger.decided', {
                    name: one.decidedName,
                    time: dateTime(one.decidedAt),
                    verdict: one.accepted ? t('logLedger.accepted') : t('logLedger.refused'),
                  })}{' '}
              {one.decidedWords}
            </div>
          </li>
        ))}
      </ol>
    </>
  );
}

function useDone() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  return async () => {
    void message.success(t('logLedger.answered'));
    await client.invalidateQueries({ queryKey: ['logs'] });
    await client.invalidateQueries({ queryKey: ['logGaps'] });
  };
}

function AnswerForm({ gap }: { gap: GapWithAnswers }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const done = useDone();
  return (
    <>
      <Alert
        type={gap.needsSecond ? 'warning' : 'info'}
        title={gap.needsSecond ? t('logLedger.needsSecond') : t('logLedger.onePerson')}
        style={{ margin: '12px 0' }}
      />
      <SchemaForm
        schema={answerGap.body!}
        fields={{
          reason: {
            label: t('logLedger.reason'),
            options: optionsOf(words, 'gapReason', gapReason.options),
          },
          words: { label: t('logLedger.words'), help: t('logLedger.wordsHint'), widget: 'textarea' },
        }}
        extra={t('logLedger.answerHint')}
        submitLabel={t('logLedger.answer')}
        onSubmit={async (body) => {
          await call(answerGap, { params: { id: gap.id }, body });
          await done();
        }}
      />
    </>
  );
}

function DecisionForm({ gap }: { gap: GapWithAnswers }) {
  const { t } = useTranslation();
  const done = useDone();
  const [isRefusal, setRefusal] = useState(false);
  const decide = async (body: { accept: boolean; words?: string | undefined }) => {
    await call(decideGap, { params: { id: gap.id }, body });
    await done();
  };
  return (
    <>
      <SchemaForm
        key={String(isRefusal)}
        schema={decideGap.body!}
        fields={{ words: { label: t('logLedger.decisionWords'), widget: 'textarea' } }}
        fixed={{ accept: !isRefusal }}
        danger={isRefusal}
        submitLabel={isRefusal ? t('logLedger.refuse') : t('logLedger.accept')}
        onSubmit={decide}
      />
      <Button type="link" onClick={() => setRefusal(!isRefusal)}>
        {isRefusal ? t('logLedger.accept') : t('logLedger.refuse')}
      </Button>
    </>
  );
}
