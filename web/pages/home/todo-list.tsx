import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { TaskItem } from '#tasks/contract';
import { useDutyWords } from '../../app/duty-words.ts';
import { insidePath } from '../../app/message-link.tsx';
import { countText } from '../../ui/count-text.ts';
import { dateMinute } from '../../ui/moment.ts';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { useServerNow } from '../../ui/server-time.ts';
import { StatusTag, type Tone } from '../../ui/status-tag.tsx';
import type { HomeWork } from './use-home-work.ts';

/** What this person has to do, the next deadline first, each with its reason and the minutes that it takes. */
export function TodoList({ work }: { work: HomeWork }) {
  const { t } = useTranslation();
  const minutes = work.summary.data?.minutes ?? 0;
  const list = work.tasks.data ?? { total: 0 };
  return (
    <Panel
      title={
        <>
          {t('homes.todo')}
          {minutes > 0 ? (
            <span className="jd-faint jd-num">{t('homes.total', { count: minutes })}</span>
          ) : null}
        </>
      }
      extra={
        list.total > 0 ? <Link to={'/tasks' as '/'}>{t('homes.more', { rows: countText(list) })}</Link> : null
      }
    >
      <QueryView query={work.tasks} rows={3}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="jd-faint">{t('homes.todoNone')}</p>
          ) : (
            <ul className="jd-todo">
              {items.map((task) => (
                <TodoItem key={task.id} task={task} />
              ))}
            </ul>
          )
        }
      </QueryView>
    </Panel>
  );
}

function TodoItem({ task }: { task: TaskItem }) {
  const { t } = useTranslation();
  const now = useServerNow();
  const duties = useDutyWords();
  const { tone, word } = urgencyOf(Date.parse(task.dueAt), now);
  const link = insidePath(task.link) ?? `/tasks/${task.id}`;
  return (
    <li className="jd-todo__item">
      <div className="jd-todo__words">
        <Link to={link as '/'} className="jd-break">
          {task.title}
        </Link>
        <div className="jd-faint jd-num" style={{ fontSize: 13 }}>
          {t('homes.due', { time: dateMinute(task.dueAt) })} · {t('homes.minutes', { count: task.minutes })} ·{' '}
          {task.unitName}
        </div>
        {task.legalBasis || task.why ? (
          <div className="jd-faint jd-break" style={{ fontSize: 13 }}>
            {t('homes.why', { why: duties(task.legalBasis || task.why) })}
          </div>
        ) : null}
      </div>
      {word ? <StatusTag tone={tone}>{t(`homes.${word}`)}</StatusTag> : null}
    </li>
  );
}

/** How near a deadline is, in words; none when it is more than three days away. Milliseconds since 1970. */
export function urgencyOf(dueAt: number, now: number): { tone: Tone; word?: 'late' | 'today' | 'soon' } {
  const day = (moment: number) => Math.floor((moment + 8 * 3_600_000) / 86_400_000);
  if (dueAt < now) return { tone: 'danger', word: 'late' };
  const days = day(dueAt) - day(now);
  if (days === 0) return { tone: 'warn', word: 'today' };
  return days <= 3 ? { tone: 'info', word: 'soon' } : { tone: 'neutral' };
}
