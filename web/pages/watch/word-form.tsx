import { useTranslation } from 'react-i18next';
import { word as wordSchema, wordTier } from '#watch/contract';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { listComma } from '../../app/punctuation.ts';
import { SchemaForm } from '../../ui/schema-form.tsx';
import type { Word } from './word-edits.ts';

interface WordFormProps {
  readonly initial?: Word;
  readonly categories: readonly string[];
  readonly onDone: (word: Word) => void;
  readonly onCancel: () => void;
}

/** One term of the word list. */
export function WordForm({ initial, categories, onDone, onCancel }: WordFormProps) {
  const { t } = useTranslation();
  const words = useEnumWords();
  return (
    <SchemaForm
      schema={wordSchema}
      initial={initial ?? { tier: 'ban', category: categories[0] ?? '' }}
      fields={{
        term: { label: t('wordlist.term'), autoFocus: true },
        category: { label: t('wordlist.category'), example: categories.slice(0, 8).join(listComma()) },
        tier: { label: t('wordlist.tier'), options: optionsOf(words, 'wordTier', wordTier.options) },
        allow: { label: t('wordlist.allow'), help: t('wordlist.allowHelp') },
        expires: { label: t('wordWork.expires'), help: t('wordWork.expiresHelp') },
        pinyin: { label: t('wordWork.pinyin'), help: t('wordWork.pinyinHelp') },
        note: { label: t('wordlist.note') },
      }}
      submitLabel={t('action.confirm')}
      onCancel={onCancel}
      onSubmit={async (value) => onDone(withSound(wordSchema.parse(value), initial))}
    />
  );
}

/** An unticked box says nothing: "never by sound" stands only where a file or a program said so. */
function withSound({ pinyin, ...word }: Word, initial: Word | undefined): Word {
  if (pinyin) return { ...word, pinyin };
  return initial?.pinyin === false ? { ...word, pinyin: false } : word;
}
