import { ArrowLeftOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';

interface PageHeaderProps {
  readonly title: string;
  readonly tag?: ReactNode;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  /** The list that this page was opened from. */
  readonly back?: { readonly to: string; readonly label: string };
}

/** The heading of a page; it also names the browser's tab. */
export function PageHeader({ title, tag, description, actions, back }: PageHeaderProps) {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${title} · ${t('app.name')}`;
  }, [title, t]);
  return (
    <header className="jd-page-header">
      <div className="jd-page-header__words">
        {back ? (
          <Link className="jd-page-header__back" to={back.to}>
            <ArrowLeftOutlined aria-hidden="true" />
            {back.label}
          </Link>
        ) : null}
        <div style={{ display: 'flex', flexWrap: 'wrap', gap: '6px 12px', alignItems: 'center' }}>
          <h1>{title}</h1>
          {tag}
        </div>
        {description ? <p>{description}</p> : null}
      </div>
      {actions ? <div className="jd-page-header__actions">{actions}</div> : null}
    </header>
  );
}
