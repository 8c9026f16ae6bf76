import { PlusOutlined, SearchOutlined } from '@ant-design/icons';
import { Button, Input, Pagination, Select, Space } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { listComma } from '../../app/punctuation.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListCards } from '../../ui/list-cards.tsx';
import type { ListColumn } from '../../ui/list-page.tsx';
import { phoneWidth, useNarrowerThan } from '../../ui/narrow.ts';
import type { Edits, Word } from './word-edits.ts';
import { WordForm } from './word-form.tsx';

interface WordTableProps {
  readonly words: readonly Word[];
  readonly canEdit: boolean;
  readonly onEdit: (edit: Edits) => void;
}

const pageSize = 20;

/** The terms, searched and filtered in the browser: the list is here as a whole, because it is saved as a whole. */
export function WordTable({ words, canEdit, onEdit }: WordTableProps) {
  const { t } = useTranslation();
  const isPhone = useNarrowerThan(phoneWidth);
  const enumWords = useEnumWords();
  const [text, setText] = useState('');
  const [category, setCategory] = useState<string>();
  const [page, setPage] = useState(1);
  const categories = useMemo(() => [...new Set(words.map((word) => word.category))].sort(), [words]);
  const terms = useMemo(() => new Set(words.map((word) => word.term)), [words]);
  const shown = words.filter(
    (word) => (category === undefined || word.category === category) && word.term.includes(text.trim()),
  );
  const columns = useColumns({ canEdit, onEdit, categories });
  const current = shown.slice((page - 1) * pageSize, page * pageSize);
  return (
    <section className="jd-panel jd-panel--flush" aria-label={t('wordlist.title')}>
      <div className="jd-list__tools">
        <Input
          className="jd-list__search"
          aria-label={t('wordlist.search')}
          placeholder={t('wordlist.search')}
          prefix={<SearchOutlined aria-hidden="true" />}
          allowClear
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setPage(1);
          }}
        />
        <Select
          aria-label={t('wordlist.category')}
          placeholder={t('wordlist.allCategories')}
          allowClear
          value={category}
          onChange={(value?: string) => {
            setCategory(value);
            setPage(1);
          }}
          options={optionsOf(enumWords, 'wordCategory', categories)}
        />
        {canEdit ? (
          <span className="jd-list__end">
            <FormDrawer label={t('wordlist.add')} icon={<PlusOutlined aria-hidden="true" />} type="primary">
              {(close) => (
                <WordForm
                  categories={categories}
                  taken={terms}
                  onCancel={close}
                  onDone={(word) => {
                    onEdit({ [word.term]: word });
                    close();
                  }}
                />
              )}
            </FormDrawer>
          </span>
        ) : null}
      </div>
      {shown.length === 0 ? <EmptyState title={t('wordlist.empty')} hint={t('wordlist.emptyHint')} /> : null}
      {shown.length === 0 ? null : isPhone ? (
        <ListCards columns={columns} rows={current} rowKey={(word) => word.term} />
      ) : (
        <DataTable<Word>
          rowKey="term"
          dataSource={current}
          columns={columns.map((column) => ({
            key: column.key,
            title: column.title,
            render: (_value: unknown, word: Word) => column.render(word),
          }))}
        />
      )}
      <div className="jd-list__pager">
        <span className="jd-faint jd-num">{t('list.total', { count: shown.length })}</span>
        <Pagination
          current={page}
          pageSize={pageSize}
          total={shown.length}
          simple={isPhone}
          showSizeChanger={false}
          hideOnSinglePage
          onChange={setPage}
        />
      </div>
    </section>
  );
}

function useColumns(given: {
  canEdit: boolean;
  onEdit: (edit: Edits) => void;
  categories: readonly string[];
}): ListColumn<Word>[] {
  const { t } = useTranslation();
  const enumWords = useEnumWords();
  const columns: ListColumn<Word>[] = [
    { key: 'term', title: t('wordlist.term'), card: 'title', render: (word) => word.term },
    {
      key: 'category',
      title: t('wordlist.category'),
      render: (word) => enumWords('wordCategory', word.category),
    },
    { key: 'tier', title: t('wordlist.tier'), render: (word) => enumWords('wordTier', word.tier) },
    {
      key: 'allow',
      title: t('wordlist.allow'),
      render: (word) =>
        word.allow.length === 0 ? null : <span className="jd-break">{word.allow.join(listComma())}</span>,
    },
  ];
  if (!given.canEdit) return columns;
  return [
    ...columns,
    {
      key: 'actions',
      title: t('list.actions'),
      render: (word) => (
        <Space>
          <FormDrawer label={t('wordlist.edit')} title={word.term} size="small">
            {(close) => (
              <WordForm
                initial={word}
                categories={given.categories}
                taken={new Set()}
                onCancel={close}
                onDone={(changed) => {
                  given.onEdit(
                    changed.term === word.term
                      ? { [word.term]: changed }
                      : { [word.term]: null, [changed.term]: changed },
                  );
                  close();
                }}
              />
            )}
          </FormDrawer>
          <Button
            size="small"
            danger
            aria-label={`${t('wordlist.remove')} ${word.term}`}
            onClick={() => given.onEdit({ [word.term]: null })}
          >
            {t('wordlist.remove')}
          </Button>
        </Space>
      ),
    },
  ];
}
