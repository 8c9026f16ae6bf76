import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { TaskItem } from '#tasks/contract';
import { useEnumWords } from '../../app/enum-words.ts';
import { dateMinute } from '../../ui/moment.ts';
import { StatusTag } from '../../ui/status-tag.tsx';

/** The deadline; a late one says so in words. */
export function DueText({ task }: { task: Pick<TaskItem, 'dueAt' | 'overdue'> }) {
  const { t } = useTranslation();
  return (
    <span className="jd-num">
      {dateMinute(task.dueAt)} {task.overdue ? <StatusTag tone="danger">{t('tasks.late')}</StatusTag> : null}
    </span>
  );
}

/** Who is in charge, in words: the one who has it, else the post or role, else nobody. */
export function useHolderText(): (
  task: Pick<TaskItem, 'holder' | 'claimedByName' | 'nobody' | 'delegateName'>,
) => string {
  const { t } = useTranslation();
  const words = useEnumWords();
  return ({ holder, claimedByName, nobody, delegateName }) => {
    const place =
      holder.accountName ??
      (holder.post ? words('post', holder.post) : holder.role ? words('role', holder.role) : '');
    const parts = [
      place,
      claimedByName && claimedByName !== place ? t('tasks.claimedBy', { name: claimedByName }) : '',
      delegateName ?? '',
      nobody ? t('tasks.holderNobody') : '',
    ];
    return parts.filter(Boolean).join(' · ') || '—';
  };
}

/** Who asked for a task; what the system raised by itself says so in the reader's language. */
export function askerText(name: string, t: TFunction): string {
  return name === '系统' ? t('tasks.bySystem') : name;
}
