import {
  BulbOutlined,
  DownOutlined,
  MenuOutlined,
  TranslationOutlined,
  UserOutlined,
} from '@ant-design/icons';
import { useNavigate } from '@tanstack/react-router';
import { App, Button, Dropdown } from 'antd';
import { useTranslation } from 'react-i18next';
import { signOutEverywhere } from '#auth/contract';
import { drawerWidth, phoneWidth, useNarrowerThan } from '../ui/narrow.ts';
import { StatusTag } from '../ui/status-tag.tsx';
import { call } from './api.ts';
import { wordsForError } from './api-error.ts';
import { useEnumWords } from './enum-words.ts';
import { FindBox } from './find-box.tsx';
import { MessageBell } from './message-bell.tsx';
import { type AppearanceChoice, type FontScale, fontScales, usePreferences } from './preferences.tsx';
import { colon, listComma } from './punctuation.ts';
import { useForgetEverything, useSession, useUser } from './session.ts';

/** The bar over every page: navigation on small screens, messages, language, appearance, user. */
export function TopBar({ onOpenNav }: { onOpenNav: () => void }) {
  const { t } = useTranslation();
  const { demo } = useSession();
  const hasDrawer = useNarrowerThan(drawerWidth);
  const isPhone = useNarrowerThan(phoneWidth);
  const user = useUser();
  return (
    <header className="jd-shell__bar">
      {hasDrawer ? (
        <Button
          type="text"
          icon={<MenuOutlined aria-hidden="true" />}
          aria-label={t('app.openMenu')}
          onClick={onOpenNav}
        />
      ) : (
        <span className="jd-soft">{user.unitName}</span>
      )}
      {demo ? <StatusTag tone="info">{t('app.demo')}</StatusTag> : null}
      <span className="jd-shell__bar-space" />
      {/* Until the password is changed, or the second factor is there, the server answers nothing else. */}
      {user.mustFirst === null ? <FindBox compact={isPhone} /> : null}
      {user.mustFirst === null ? <MessageBell /> : null}
      {isPhone ? null : <LanguageButton />}
      {isPhone ? null : <AppearanceButton />}
      <UserMenu />
    </header>
  );
}

/** Switches between Chinese and English; labelled in the language that it leads to. */
export function LanguageButton() {
  const { t } = useTranslation();
  const { language, setLanguage } = usePreferences();
  return (
    <Button
      type="text"
      icon={<TranslationOutlined aria-hidden="true" />}
      lang={language === 'zh' ? 'en' : 'zh-CN'}
      onClick={() => setLanguage(language === 'zh' ? 'en' : 'zh')}
    >
      {language === 'zh' ? t('prefs.switchToEnglish') : t('prefs.switchToChinese')}
    </Button>
  );
}

const choices: readonly AppearanceChoice[] = ['system', 'light', 'dark'];

export function AppearanceButton() {
  const { t } = useTranslation();
  const { choice, setChoice, scale, setScale } = usePreferences();
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        selectable: true,
        multiple: true,
        selectedKeys: [choice, `size-${scale}`],
        items: [
          ...choices.map((key) => ({ key, label: t(`prefs.${key}`) })),
          { type: 'divider' },
          ...fontScales.map((size) => ({ key: `size-${size}`, label: `${t('look.fontScale')} ${size}%` })),
        ],
        onClick: ({ key }) => {
          if (key.startsWith('size-')) setScale(Number(key.slice(5)) as FontScale);
          else setChoice(key as AppearanceChoice);
        },
      }}
    >
      <Button type="text" icon={<BulbOutlined aria-hidden="true" />} aria-label={t('prefs.appearance')} />
    </Dropdown>
  );
}

function UserMenu() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const user = useUser();
  const navigate = useNavigate();
  const forget = useForgetEverything();
  const { message } = App.useApp();
  const { language, setLanguage, setChoice, setScale } = usePreferences();
  const isPhone = useNarrowerThan(phoneWidth);

  async function leave() {
    try {
      const { redirect } = await call(signOutEverywhere, {});
      await forget();
      // The other system's session goes on otherwise: on a shared computer the next person would be this one.
      if (redirect !== null) return location.assign(redirect);
      await navigate({ to: '/sign-in' });
    } catch (error) {
      void message.error(wordsForError(error)[language]);
    }
  }

  const preferences = [
    { key: 'lang', label: language === 'zh' ? t('prefs.switchToEnglish') : t('prefs.switchToChinese') },
    ...choices.map((choice) => ({
      key: `look-${choice}`,
      label: `${t('prefs.appearance')}${colon()}${t(`prefs.${choice}`)}`,
    })),
    ...fontScales.map((size) => ({ key: `size-${size}`, label: `${t('look.fontScale')} ${size}%` })),
    { type: 'divider' as const },
  ];
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: [
          {
            key: 'who',
            type: 'group' as const,
            label: `${user.username} · ${user.roles.map((role) => words('role', role)).join(listComma())}`,
            children: [
              ...(isPhone ? preferences : []),
              { key: 'exports', label: t('exporting.myTitle') },
              { key: 'security', label: t('security.title') },
              { key: 'password', label: t('user.changePassword') },
              { key: 'leave', label: t('user.signOut') },
            ],
          },
        ],
        onClick: ({ key }) => {
          if (key === 'leave') void leave();
          if (key === 'security') void navigate({ to: '/security' });
          if (key === 'password') void navigate({ to: '/password' });
          if (key === 'lang') setLanguage(language === 'zh' ? 'en' : 'zh');
          if (key.startsWith('size-')) setScale(Number(key.slice(5)) as FontScale);
          if (key === 'exports') void navigate({ to: '/exports' });
          if (key.startsWith('look-')) setChoice(key.slice(5) as AppearanceChoice);
        },
      }}
    >
      <Button
        type="text"
        icon={<UserOutlined aria-hidden="true" />}
        aria-label={`${t('user.menu')}${colon()}${user.name}`}
      >
        {isPhone ? null : (
          <>
            {user.name} <DownOutlined aria-hidden="true" style={{ fontSize: 10 }} />
          </>
        )}
      </Button>
    </Dropdown>
  );
}
