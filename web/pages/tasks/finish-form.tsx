import { useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { actOnTask, acts, addTaskFile, type TaskDetail } from '#tasks/contract';
import { call, upload } from '../../app/api.ts';
import { colon, listComma } from '../../app/punctuation.ts';
import { SchemaForm } from '../../ui/schema-form.tsx';

const withFile = acts.finish.extend({ file: z.string().optional() });

/** What was done, with files, handed in by one button. */
export function FinishForm({ task }: { task: TaskDetail }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  const waiting = task.files.filter((file) => file.round === task.round + 1).map((file) => file.name);
  return (
    <SchemaForm
      schema={withFile}
      draft={`tasks.finish.${task.id}`}
      fixed={{ act: 'finish' }}
      fields={{
        answer: { label: t('tasks.answer'), widget: 'textarea', help: t('tasks.answerHelp') },
        file: {
          label: t('tasks.file'),
          widget: 'file',
          secret: true,
          help: [
            task.wantsFile ? t('tasks.fileNeeded') : '',
            waiting.length > 0 ? `${t('tasks.fileAdded')}${colon()}${waiting.join(listComma())}` : '',
          ]
            .filter(Boolean)
            .join(' · '),
          upload: async (file) => {
            const stored = await upload(
              addTaskFile,
              { params: { id: task.id }, query: { fileName: file.name } },
              file,
            );
            await client.invalidateQueries({ queryKey: ['tasks', 'one', task.id] });
            return stored.id;
          },
        },
      }}
      submitLabel={t('tasks.finish')}
      onSubmit={async ({ answer }) => {
        const body = { act: 'finish' as const, answer: answer ?? '' };
        const after = await call(actOnTask, { params: { id: task.id }, body });
        client.setQueryData(['tasks', 'one', task.id], after);
        await client.invalidateQueries({ queryKey: ['tasks'] });
        void message.success(t(after.state === 'signing' ? 'tasks.finishedToSign' : 'tasks.finished'));
      }}
    />
  );
}
