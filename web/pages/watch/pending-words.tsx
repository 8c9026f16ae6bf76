import { useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { proposeWords } from '#watch/contract';
import { call } from '../../app/api.ts';
import { DraftState } from '../../ui/draft-offer.tsx';
import { Panel } from '../../ui/panel.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import type { PendingWordsState } from './use-pending-words.ts';
import { changesOf, countEdits, keyOfWord } from './word-edits.ts';

interface PendingWordsProps {
  /** Of the list in force now. */
  readonly version: number;
  readonly pending: PendingWordsState;
}

const SHOWN = 50;

/** Changes that were made here and are not submitted yet. */
export function PendingWords({ version, pending }: PendingWordsProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  const { edits, setEdits, drafts } = pending;
  const all = Object.values(edits);
  return (
    <Panel title={t('wordWork.pending', { count: countEdits(edits) })}>
      <p className="jd-faint">{t('wordWork.pendingHint')}</p>
      {pending.version === version ? null : (
        <Alert
          type="warning"
          showIcon
          style={{ marginBottom: 12 }}
          title={t('wordWork.pendingOlder', { began: pending.version, version })}
        />
      )}
      <ul className="jd-todo">
        {all.slice(0, SHOWN).map((edit) => {
          const word = (edit.after ?? edit.before)!;
          return (
            <li key={keyOfWord(word)} className="jd-todo__item">
              <StatusTag tone={edit.after === null ? 'danger' : edit.before === null ? 'ok' : 'warn'}>
                {t(
                  edit.after === null
                    ? 'wordWork.toRemove'
                    : edit.before === null
                      ? 'wordWork.toAdd'
                      : 'wordWork.toChange',
                )}
              </StatusTag>
              <span className="jd-todo__words jd-break">{word.term}</span>
              <Button
                size="small"
                aria-label={`${t('wordWork.undo')} ${word.term}`}
                onClick={() => {
                  const { [keyOfWord(word)]: _, ...rest } = edits;
                  setEdits(rest);
                }}
              >
                {t('wordWork.undo')}
              </Button>
            </li>
          );
        })}
      </ul>
      <SchemaForm
        schema={proposeWords.body!}
        fields={{ note: { label: t('wordWork.note'), example: t('wordWork.noteExample') } }}
        fixed={{ basedOn: version, ...changesOf(edits) }}
        submitLabel={t('wordWork.submit')}
        initial={{ note: pending.note }}
        onChange={({ note }) => pending.setNote(note ?? '')}
        onCancel={() => setEdits({})}
        onSubmit={async (body) => {
          const done = await call(proposeWords, { body });
          setEdits({});
          await client.invalidateQueries({ queryKey: ['words'] });
          void message.success(
            done.version === null
              ? t('wordWork.submitted')
              : t('wordWork.inForce', { version: done.version }),
          );
        }}
      />
      <DraftState drafts={drafts} />
    </Panel>
  );
}
