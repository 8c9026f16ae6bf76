import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import {
  getFixDays,
  orderRectification,
  proposeFalseAlarms,
  reportManyFixed,
  suppressionScope,
} from '#findings/contract';
import { call } from '../../app/api.ts';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { currentLanguage } from '../../app/i18n.ts';
import { listComma } from '../../app/punctuation.ts';
import { SchemaForm } from '../../ui/schema-form.tsx';

interface ManyProps {
  readonly ids: readonly string[];
  readonly onDone?: () => void;
}

/** The form of one finding keeps its words by itself: a reason for another must not be offered for it. */
const draftOf = (form: 'order' | 'propose' | 'fixed', ids: readonly string[]) =>
  `findings.${form}.${ids.length === 1 ? ids[0] : 'several'}`;

/** Orders the units of the chosen findings to mend them. */
export function OrderButton({ ids, onDone }: ManyProps) {
  const { t } = useTranslation();
  return (
    <FormDrawer label={t('findingWork.order')} type="primary">
      {(close) => <OrderForm ids={ids} close={close} {...(onDone ? { onDone } : {})} />}
    </FormDrawer>
  );
}

function OrderForm({ ids, onDone, close }: ManyProps & { close: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  const days = useQuery({
    queryKey: ['fix-days'],
    queryFn: ({ signal }) => call(getFixDays, {}, { signal }),
  });
  return (
    <SchemaForm
      schema={orderRectification.body!}
      draft={draftOf('order', ids)}
      initial={{ words: t('findingWork.orderWordsExample') }}
      fields={{
        words: { label: t('findingWork.orderWords'), widget: 'textarea' },
        dueOn: {
          label: t('findingWork.orderDue'),
          ...(days.data ? { help: t('findingWork.orderDueHelp', { ...days.data }) } : {}),
        },
      }}
      fixed={{ findingIds: [...ids] }}
      submitLabel={t('findingWork.order')}
      onCancel={close}
      onSubmit={async (body) => {
        const { orders, skipped } = await call(orderRectification, { body });
        await client.invalidateQueries({ queryKey: ['findings'] });
        void message.success(t('findingWork.orderDone', { count: orders.length }));
        if (skipped.length > 0)
          void message.warning(t('findingWork.orderSkipped', { count: skipped.length }));
        onDone?.();
        close();
      }}
    />
  );
}

/** Reports several findings as fixed; the websites are then looked at again. */
export function FixedButton({ ids, onDone }: ManyProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  return (
    <FormDrawer label={t('findings.fixed')}>
      {(close) => (
        <SchemaForm
          schema={reportManyFixed.body!}
          draft={draftOf('fixed', ids)}
          fields={{
            note: {
              label: t('findings.fixedNote'),
              widget: 'textarea',
              help: t('findings.fixedHint'),
            },
          }}
          fixed={{ findingIds: [...ids] }}
          submitLabel={t('findingWork.fixedSubmit', { count: ids.length })}
          onCancel={close}
          onSubmit={async (body) => {
            const { done, refused } = await call(reportManyFixed, { body });
            await client.invalidateQueries({ queryKey: ['findings'] });
            if (done > 0) void message.success(t('findingWork.fixedMany', { count: done }));
            if (refused.length > 0) void message.warning(t('findingWork.fixedRefused', refusedOf(refused)));
            onDone?.();
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}

/** How many were refused, and why, each reason once. */
function refusedOf(refused: readonly { readonly zh: string; readonly en: string }[]) {
  const why = [...new Set(refused.map((one) => one[currentLanguage()]))].join(listComma());
  return { count: refused.length, why };
}

/** Proposes one or several findings as false alarms. */
export function ProposeButton({ ids, onDone }: ManyProps) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const client = useQueryClient();
  const { message } = App.useApp();
  return (
    <FormDrawer label={t('findingWork.propose')}>
      {(close) => (
        <SchemaForm
          schema={proposeFalseAlarms.body!}
          draft={draftOf('propose', ids)}
          initial={{ scope: 'finding' }}
          fields={{
            scope: {
              label: t('findingWork.scope'),
              options: optionsOf(words, 'suppressionScope', suppressionScope.options),
            },
            reason: {
              label: t('findingWork.reason'),
              widget: 'textarea',
              help: t('findingWork.proposeHint'),
            },
            expiresOn: { label: t('findingWork.expiresOn'), help: t('findingWork.expiresHelp') },
          }}
          fixed={{ findingIds: [...ids] }}
          submitLabel={t('findingWork.propose')}
          onCancel={close}
          onSubmit={async (body) => {
            const { done, refused } = await call(proposeFalseAlarms, { body });
            await client.invalidateQueries({ queryKey: ['findings'] });
            await client.invalidateQueries({ queryKey: ['suppressions'] });
            if (done > 0)
              void message.success(
                done === 1 ? t('findingWork.proposed') : t('findingWork.proposedMany', { count: done }),
              );
            if (refused.length > 0)
              void message.warning(t('findingWork.proposedRefused', refusedOf(refused)));
            onDone?.();
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}
