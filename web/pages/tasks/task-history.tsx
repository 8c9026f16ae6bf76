import { useTranslation } from 'react-i18next';
import type { TaskDetail } from '#tasks/contract';
import { actorText } from '../../app/actor-text.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { told } from '../../app/told.ts';
import { Panel } from '../../ui/panel.tsx';
import type { Tone } from '../../ui/status-tag.tsx';
import { Timeline } from '../../ui/timeline.tsx';

const tones: Readonly<Record<string, Tone>> = {
  finish: 'ok',
  sign: 'ok',
  settle: 'ok',
  return: 'warn',
  send_back: 'warn',
  again: 'warn',
  withdraw: 'neutral',
  cancel: 'neutral',
};

/** Every act, the newest first. */
export function TaskHistory({ task }: { task: TaskDetail }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const place = (to: string) => {
    const asPost = words('post', to);
    return asPost === to ? words('role', to) : asPost;
  };
  return (
    <Panel title={t('tasks.history')}>
      <Timeline
        items={[...task.history].reverse().map((one) => ({
          key: String(one.seq),
          at: one.at,
          tone: tones[one.act] ?? 'info',
          title: `${words('taskAct', one.act)} · ${actorText(one.actorName, t)}${one.to ? ` → ${place(one.to)}` : ''}`,
          body: [
            told(one.reason),
            one.field && t('tasks.cameBackField', { field: one.field }),
            told(one.text),
          ]
            .filter(Boolean)
            .join(' '),
        }))}
      />
    </Panel>
  );
}
