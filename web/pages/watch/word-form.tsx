import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { word as wordSchema, wordTier } from '#watch/contract';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
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
  const [typed, setTyped] = useState('');
  // A category of the bureau's own is typed; it is offered beside those that the list has.
  const own = typed.trim();
  const known = optionsOf(words, 'wordCategory', categories).filter(({ label }) => label.includes(own));
  const isNew = own !== '' && !known.some(({ value, label }) => value === own || label === own);
  const categoryOptions = isNew ? [...known, { value: own, label: own }] : known;
  return (
    <SchemaForm
      schema={wordSchema}
      initial={initial ?? { tier: 'ban', category: categories[0] ?? '' }}
      fields={{
        term: { label: t('wordlist.term'), autoFocus: true },
        category: {
          label: t('wordlist.category'),
          help: t('wordWork.categoryHelp'),
          options: categoryOptions,
          onSearch: setTyped,
        },
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
