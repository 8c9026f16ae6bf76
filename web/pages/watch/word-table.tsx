import { PlusOutlined } from '@ant-design/icons';
import { Button, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { listWords, wordTier } from '#watch/contract';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { listSource } from '../../app/list-source.ts';
import { listComma } from '../../app/punctuation.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { type ListColumn, ListPage } from '../../ui/list-page.tsx';
import { keyOfWord, type Word } from './word-edits.ts';
import { WordForm } from './word-form.tsx';

interface WordTableProps {
  readonly categories: readonly string[];
  readonly canEdit: boolean;
  readonly onEdit: (before: Word | null, after: Word | null) => void;
}

/** The terms in force, a page at a time. */
export function WordTable({ categories, canEdit, onEdit }: WordTableProps) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const columns = useColumns({ categories, canEdit, onEdit });
  return (
    <ListPage
      name="words"
      label={t('wordlist.title')}
      search={t('wordlist.search')}
      source={listSource(listWords, ['category', 'tier', 'expired'])}
      rowKey={keyOfWord}
      filters={[
        {
          key: 'category',
          label: t('wordlist.category'),
          options: optionsOf(words, 'wordCategory', categories),
        },
        { key: 'tier', label: t('wordlist.tier'), options: optionsOf(words, 'wordTier', wordTier.options) },
        {
          key: 'expired',
          label: t('wordWork.expires'),
          options: [
            { value: 'false', label: t('wordWork.notExpired') },
            { value: 'true', label: t('wordWork.expiredOnly') },
          ],
        },
      ]}
      columns={columns}
      tools={
        canEdit ? (
          <FormDrawer label={t('wordlist.add')} icon={<PlusOutlined aria-hidden="true" />} type="primary">
            {(close) => (
              <WordForm
                categories={categories}
                onCancel={close}
                onDone={(word) => {
                  onEdit(null, word);
                  close();
                }}
              />
            )}
          </FormDrawer>
        ) : null
      }
      empty={<EmptyState title={t('wordlist.empty')} hint={t('wordlist.emptyHint')} />}
    />
  );
}

function useColumns(given: WordTableProps): ListColumn<Word>[] {
  const { t } = useTranslation();
  const words = useEnumWords();
  const columns: ListColumn<Word>[] = [
    {
      key: 'term',
      sort: 'term',
      title: t('wordlist.term'),
      card: 'title',
      render: (word) => <span className="jd-break">{word.term}</span>,
    },
    {
      key: 'category',
      sort: 'category',
      coded: 'wordCategory',
      title: t('wordlist.category'),
      render: (word) => words('wordCategory', word.category),
    },
    {
      key: 'tier',
      coded: 'wordTier',
      title: t('wordlist.tier'),
      render: (word) => words('wordTier', word.tier),
    },
    {
      key: 'allow',
      title: t('wordlist.allow'),
      render: (word) =>
        word.allow.length === 0 ? null : <span className="jd-break">{word.allow.join(listComma())}</span>,
    },
    { key: 'expires', title: t('wordWork.expires'), render: (word) => word.expires ?? null },
    { key: 'note', title: t('wordlist.note'), extra: true, render: (word) => word.note ?? null },
  ];
  if (!given.canEdit) return columns;
  return [
    ...columns,
    {
      key: 'actions',
      title: t('list.actions'),
      render: (word) => <WordActs {...given} word={word} />,
    },
  ];
}

function WordActs({ word, categories, onEdit }: WordTableProps & { word: Word }) {
  const { t } = useTranslation();
  return (
    <Space>
      <FormDrawer label={t('wordlist.edit')} title={word.term} size="small">
        {(close) => (
          <WordForm
            initial={word}
            categories={categories}
            onCancel={close}
            onDone={(changed) => {
              onEdit(word, changed);
              close();
            }}
          />
        )}
      </FormDrawer>
      <Button
        size="small"
        danger
        aria-label={`${t('wordlist.remove')} ${word.term}`}
        onClick={() => onEdit(word, null)}
      >
        {t('wordlist.remove')}
      </Button>
    </Space>
  );
}
