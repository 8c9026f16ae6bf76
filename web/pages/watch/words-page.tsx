import { SaveOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useBlocker } from '@tanstack/react-router';
import { Alert, App, Button, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getWordList, saveWordList } from '#watch/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { currentLanguage } from '../../app/i18n.ts';
import { useCan } from '../../app/session.ts';
import { halfOf } from '../../app/zod-words.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { applyEdits, countEdits, type Edits, type Word } from './word-edits.ts';
import { WordTable } from './word-table.tsx';
import { WordTest } from './word-test.tsx';

type WordList = RouteReply<typeof getWordList>;

/** The word list in force: edited here as a whole, tried out, and saved as a new version. */
export function WordsPage() {
  const query = useQuery({
    queryKey: ['words'],
    queryFn: ({ signal }) => call(getWordList, {}, { signal }),
    refetchOnWindowFocus: false,
  });
  return <QueryView query={query}>{(list) => <WordListView key={list.version} list={list} />}</QueryView>;
}

function WordListView({ list }: { list: WordList }) {
  const { t } = useTranslation();
  const can = useCan();
  const client = useQueryClient();
  const { message } = App.useApp();
  const [edits, setEdits] = useState<Edits>({});
  const words: Word[] = applyEdits(list.words, edits);
  const count = countEdits(edits);
  useBlocker({ shouldBlockFn: () => false, enableBeforeUnload: count > 0 });
  const save = useMutation({
    mutationFn: () => call(saveWordList, { body: { basedOn: list.version, words } }),
    onSuccess: (saved) => {
      setEdits({});
      client.setQueryData(['words'], saved);
      void message.success(t('wordlist.saved', { version: saved.version }));
    },
  });
  return (
    <>
      <PageHeader
        title={t('wordlist.title')}
        tag={<span className="jd-faint">{t('wordlist.version', { version: list.version })}</span>}
        description={`${t('wordlist.hint')} ${t('wordlist.from', { source: list.source })} · ${t(
          'wordlist.changed',
          {
            name: halfOf(list.changedBy, currentLanguage()),
            time: dateMinute(list.changedAt),
          },
        )}`}
        actions={
          count === 0 ? null : (
            <Space wrap>
              <Button onClick={() => setEdits({})}>{t('wordlist.discard')}</Button>
              <Button
                type="primary"
                icon={<SaveOutlined aria-hidden="true" />}
                loading={save.isPending}
                onClick={() => save.mutate()}
              >
                {t('wordlist.save', { count })}
              </Button>
            </Space>
          )
        }
      />
      {count > 0 ? (
        <Alert
          type="warning"
          showIcon
          style={{ marginBottom: 16 }}
          title={t('wordlist.unsaved', { count })}
        />
      ) : null}
      {save.isError ? (
        <div style={{ marginBottom: 16 }}>
          <ErrorView error={save.error} />
        </div>
      ) : null}
      <div className="jd-columns">
        <WordTable
          words={words}
          canEdit={can('words.write')}
          onEdit={(edit) => setEdits({ ...edits, ...edit })}
        />
        <WordTest words={count > 0 ? words : undefined} />
      </div>
    </>
  );
}
