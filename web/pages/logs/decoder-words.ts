import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { useEnumWords } from '../../app/enum-words.ts';

/** A decoder in words: `template/3#2` is the third version of a template, after the second reading again. */
export function useDecoderWords(): (decoder: string) => string {
  const { t } = useTranslation();
  const words = useEnumWords();
  return useCallback(
    (decoder) => {
      const [, format, version = '', reading] = /^([\w-]+)\/(\d+)(?:#(\d+))?$/.exec(decoder) ?? [];
      if (format === undefined) return decoder || '—';
      const name = t('logReading.decoderOf', { format: words('logFormat', format), version });
      return reading === undefined ? name : `${name}${t('logReading.readAgain', { number: reading })}`;
    },
    [t, words],
  );
}

/** What made rows, without which reading it was: `template/3` of `template/3#2`. */
export function decoderAlone(decoder: string): string {
  return decoder.replace(/#\d+$/, '');
}
