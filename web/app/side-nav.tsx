import { Link, useRouterState } from '@tanstack/react-router';
import { Menu } from 'antd';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Mark } from './brand.tsx';
import { activeItem, mayOpen, navGroups } from './nav-groups.tsx';
import { useCan } from './session.ts';

/** The product's name, and the navigation as far as this person may use it. */
export function SideNav({ onChosen }: { onChosen?: () => void }) {
  const { t } = useTranslation();
  const can = useCan();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const groups = navGroups
    .map((group) => ({ ...group, items: group.items.filter((item) => mayOpen(item, can)) }))
    .filter((group) => group.items.length > 0);
  const menu = useRef<HTMLDivElement>(null);
  const active = activeItem(path);
  // The menu is longer than a small screen: whoever came by a link sees where that is.
  useEffect(() => {
    menu.current?.querySelector(`[data-menu-id$="-${active}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  return (
    <nav className="jd-shell__nav" aria-label={t('app.menu')}>
      <Link to="/" className="jd-brand" {...(onChosen ? { onClick: onChosen } : {})}>
        <Mark />
        <span className="jd-brand__name">{t('app.name')}</span>
      </Link>
      <div className="jd-shell__menu" ref={menu}>
        <Menu
          mode="inline"
          inlineIndent={12}
          style={{ borderInlineEnd: 0, background: 'transparent' }}
          selectedKeys={[active]}
          items={groups.map((group) => ({
            key: group.word,
            type: 'group' as const,
            label: t(`nav.${group.word}`),
            children: group.items.map((item) => ({
              key: item.to,
              icon: item.icon,
              label: <Link to={item.to}>{t(`nav.${item.word}`)}</Link>,
            })),
          }))}
          {...(onChosen ? { onClick: onChosen } : {})}
        />
      </div>
    </nav>
  );
}
