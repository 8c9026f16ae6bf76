import { InboxOutlined } from '@ant-design/icons';
import type { ReactNode } from 'react';

interface EmptyStateProps {
  readonly title: string;
  /** What to do next, in one or two sentences. */
  readonly hint: ReactNode;
  readonly action?: ReactNode;
  readonly icon?: ReactNode;
  /** True where this is the whole page: its title is the page's heading. */
  readonly isPage?: boolean;
}

/** Shown where there is nothing yet: says why, and what to do next. */
export function EmptyState({ title, hint, action, icon, isPage = false }: EmptyStateProps) {
  const Title = isPage ? 'h1' : 'p';
  return (
    <div className="jd-empty">
      <div className="jd-empty__icon" aria-hidden="true">
        {icon ?? <InboxOutlined />}
      </div>
      <Title className="jd-empty__title">{title}</Title>
      <p className="jd-empty__hint">{hint}</p>
      {action}
    </div>
  );
}
