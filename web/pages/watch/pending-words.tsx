import { useQueryClient } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { proposeWords } from '#watch/contract';
import { call } from '../../app/api.ts';
import { Panel } from '../../ui/panel.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import { changesOf, countEdits, type Edits, keyOfWord } from './word-edits.ts';

interface PendingWordsProps {
  readonly version: number;
  readonly edits: Edits;
  readonly onChange: (edits: Edits) => void;
}

const SHOWN = 50;

/** Changes that were made here and are not submitted yet. */
export function PendingWords({ version, edits, onChange }: PendingWordsProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  const all = Object.values(edits);
  return (
    <Panel title={t('wordWork.pending', { count: countEdits(edits) })}>
      <p className="jd-faint">{t('wordWork.pendingHint')}</p>
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
                  onChange(rest);
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
        onCancel={() => onChange({})}
        onSubmit={async (body) => {
          const done = await call(proposeWords, { body });
          onChange({});
          await client.invalidateQueries({ queryKey: ['words'] });
          void message.success(
            done.version === null
              ? t('wordWork.submitted')
              : t('wordWork.inForce', { version: done.version }),
          );
        }}
      />
    </Panel>
  );
}
