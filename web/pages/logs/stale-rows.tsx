import { RedoOutlined } from '@ant-design/icons';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Alert, App, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { getDecoding, type LogSource, startRedecode } from '#logs/contract';
import { call } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { useLanguage } from '../../app/i18n.ts';
import { useCan } from '../../app/session.ts';
import { decoderAlone, useDecoderWords } from './decoder-words.ts';
import { useSourceDone } from './source-acts.tsx';

/** By what a source is read now and what made the rows that it has; asked again while a reading again runs. */
export function useDecoding(source: LogSource) {
  return useQuery({
    queryKey: ['logs', 'decoding', source.id],
    queryFn: ({ signal }) => call(getDecoding, { params: { id: source.id } }, { signal }),
    refetchInterval: ({ state }) => (state.data?.run?.state === 'running' ? 2000 : false),
  });
}

/** Begins to read the sealed lines of a source again; `onlyUnread` where some could not be read. */
export function useReadAgain(source: LogSource) {
  const { t } = useTranslation();
  const done = useSourceDone();
  const language = useLanguage();
  const { message } = App.useApp();
  return useMutation({
    mutationFn: (onlyUnread: boolean) =>
      call(startRedecode, { params: { id: source.id }, body: { onlyUnread } }),
    onSuccess: () => done(t('logReading.started')),
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
}

interface StaleRowsProps {
  readonly source: LogSource;
  /** With the button, where it does not stand beside this anyway. */
  readonly offer?: boolean;
}

/** Rows that an earlier decoder made stand in the searches until somebody reads them again: told, with the way. */
export function StaleRows({ source, offer = false }: StaleRowsProps) {
  const { t } = useTranslation();
  const can = useCan();
  const words = useDecoderWords();
  const { data } = useDecoding(source);
  const again = useReadAgain(source);
  if (data === undefined || data.run?.state === 'running') return null;
  const stale = data.made.filter(({ decoder }) => decoderAlone(decoder) !== data.decoder);
  if (stale.length === 0) return null;
  const sum = (pick: (one: (typeof stale)[number]) => number) =>
    stale.reduce((total, one) => total + pick(one), 0).toLocaleString();
  const mayStart = offer && can('logs.sources') && source.state === 'active';
  return (
    <Alert
      showIcon
      type="warning"
      style={{ margin: '12px 0' }}
      title={t('logReading.stale', {
        records: sum((one) => one.records),
        unread: sum((one) => one.unparsable),
      })}
      description={t('logReading.staleHint', { decoder: words(data.decoder) })}
      action={
        mayStart ? (
          <Button
            size="small"
            type="primary"
            icon={<RedoOutlined aria-hidden="true" />}
            loading={again.isPending}
            onClick={() => again.mutate(false)}
          >
            {t('logReading.againAll')}
          </Button>
        ) : null
      }
    />
  );
}
