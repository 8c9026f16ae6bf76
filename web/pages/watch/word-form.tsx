import { useTranslation } from 'react-i18next';
import { word as wordSchema, wordTier } from '#watch/contract';
import { ApiError } from '../../app/api-error.ts';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { listComma } from '../../app/punctuation.ts';
import { SchemaForm } from '../../ui/schema-form.tsx';
import type { Word } from './word-edits.ts';

interface WordFormProps {
  readonly initial?: Word;
  readonly categories: readonly string[];
  /** Terms that are on the list already. */
  readonly taken: ReadonlySet<string>;
  readonly onDone: (word: Word) => void;
  readonly onCancel: () => void;
}

/** One term of the word list. */
export function WordForm({ initial, categories, taken, onDone, onCancel }: WordFormProps) {
  const { t } = useTranslation();
  const words = useEnumWords();
  return (
    <SchemaForm
      schema={wordSchema}
      initial={initial ?? { tier: 'ban', category: categories[0] ?? '' }}
      fields={{
        term: { label: t('wordlist.term'), autoFocus: true },
        category: { label: t('wordlist.category'), example: categories.join(listComma()) },
        tier: { label: t('wordlist.tier'), options: optionsOf(words, 'wordTier', wordTier.options) },
        allow: { label: t('wordlist.allow'), help: t('wordlist.allowHelp') },
        note: { label: t('wordlist.note') },
      }}
      submitLabel={t('action.confirm')}
      onCancel={onCancel}
      onSubmit={async (value) => {
        const word = wordSchema.parse(value);
        if (taken.has(word.term)) throw duplicate(t('wordlist.duplicate', { term: word.term }));
        onDone(word);
      }}
    />
  );
}

function duplicate(message: string): ApiError {
  return new ApiError(409, 'web.duplicate_term', { zh: message, en: message });
}
