import { Outlet, useRouterState } from '@tanstack/react-router';
import { Drawer } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { drawerWidth, useNarrowerThan } from '../ui/narrow.ts';
import { ClockStrip } from './clock-strip.tsx';
import { OfflineBanner } from './offline-banner.tsx';
import { PasswordNotice } from './password-notice.tsx';
import { useUser } from './session.ts';
import { SideNav } from './side-nav.tsx';
import { SignInDialog } from './sign-in-dialog.tsx';
import { StepUpDialog } from './step-up-dialog.tsx';
import { TopBar } from './top-bar.tsx';
import { ViewBanner } from './view-banner.tsx';
import { PrintFoot, Watermark } from './watermark.tsx';

/** The frame around every page behind the sign-in. */
export function Shell() {
  const { t } = useTranslation();
  const hasDrawer = useNarrowerThan(drawerWidth);
  const [isNavOpen, setNavOpen] = useState(false);
  const main = useFocusOnNewPage();
  const { mustFirst } = useUser();
  return (
    <>
      <a className="jd-skip" href="#main">
        {t('app.skip')}
      </a>
      <div className="jd-shell">
        {hasDrawer ? (
          <Drawer
            placement="left"
            size={272}
            open={isNavOpen}
            onClose={() => setNavOpen(false)}
            title={t('app.menu')}
            styles={{ body: { padding: 0 } }}
          >
            <SideNav onChosen={() => setNavOpen(false)} />
          </Drawer>
        ) : (
          <div className="jd-shell__side">
            <SideNav />
          </div>
        )}
        <div className="jd-shell__body">
          <TopBar onOpenNav={() => setNavOpen(true)} />
          <ViewBanner />
          <OfflineBanner />
          <PasswordNotice />
          {mustFirst === null ? <ClockStrip /> : null}
          <main id="main" ref={main} tabIndex={-1} className="jd-shell__main">
            <Outlet />
          </main>
        </div>
      </div>
      <SignInDialog />
      <StepUpDialog />
      <Watermark />
      <PrintFoot />
    </>
  );
}

/** After a move to another page the focus goes to its content, as it would on a page load. */
function useFocusOnNewPage() {
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    main.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [path]);
  return main;
}
