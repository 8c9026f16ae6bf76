import { CheckOutlined } from '@ant-design/icons';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Mark } from './brand.tsx';
import { AppearanceButton, LanguageButton } from './top-bar.tsx';

/** The frame of the pages before the sign-in: what the product promises, and one form. */
export function PublicFrame({ children, wide = false }: { children: ReactNode; wide?: boolean }) {
  const { t } = useTranslation();
  const steps = [t('auth.promise1'), t('auth.promise2'), t('auth.promise3')];
  return (
    <div className="jd-public">
      <aside className="jd-public__pride">
        <span style={{ display: 'flex', gap: 12, alignItems: 'center' }}>
          <Mark size={40} onColour />
          <span className="jd-brand__name">{t('app.name')}</span>
        </span>
        <div>
          <h2>{t('auth.prideTitle')}</h2>
          <p>{t('auth.prideText')}</p>
        </div>
        <ul className="jd-public__steps">
          {steps.map((step) => (
            <li key={step}>
              <CheckOutlined aria-hidden="true" /> {step}
            </li>
          ))}
        </ul>
      </aside>
      <main className="jd-public__work">
        <div className="jd-public__tools">
          <LanguageButton />
          <AppearanceButton />
        </div>
        <div className={`jd-public__form${wide ? ' jd-public__form--wide' : ''}`}>{children}</div>
        <p className="jd-public__foot">{t('app.tagline')}</p>
      </main>
    </div>
  );
}
