import { useMutation } from '@tanstack/react-query';
import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { askReliance } from '#logs/contract';
import { call } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { useLanguage } from '../../app/i18n.ts';
import { dateTime } from '../../ui/moment.ts';
import { Panel } from '../../ui/panel.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';

const asked = z.object({
  from: z.iso.datetime({ offset: true }),
  to: z.iso.datetime({ offset: true }),
});

/** Asks whether a source can be relied on for a time; the same answer that tracing uses. */
export function RelyForm({ sourceId }: { sourceId: number }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const words = useEnumWords();
  const ask = useMutation({
    mutationFn: (query: z.input<typeof asked>) => call(askReliance, { params: { id: sourceId }, query }),
  });
  const now = Date.now();
  return (
    <Panel title={t('logLedger.rely')}>
      <SchemaForm
        schema={asked}
        initial={{
          from: new Date(now - 3_600_000).toISOString(),
          to: new Date(now).toISOString(),
        }}
        fields={{ from: { label: t('logLedger.relyFrom') }, to: { label: t('logLedger.relyTo') } }}
        extra={t('logLedger.relyHint')}
        submitLabel={t('logLedger.relyAsk')}
        onSubmit={(query) => ask.mutateAsync(query)}
      />
      <div aria-live="polite">
        {ask.data ? (
          <Alert
            showIcon
            type={ask.data.relies ? 'success' : 'warning'}
            title={ask.data.relies ? t('logLedger.relies') : t('logLedger.reliesNot')}
            description={
              <ul>
                {ask.data.reasons.map((reason) => (
                  <li key={reason.code}>{reason[language]}</li>
                ))}
                {ask.data.gaps.map((gap) => (
                  <li key={`${gap.proof} ${gap.from} ${gap.to}`}>
                    {words('gapProof', gap.proof)}: {dateTime(gap.from)} – {dateTime(gap.to)}
                  </li>
                ))}
              </ul>
            }
          />
        ) : null}
      </div>
    </Panel>
  );
}
