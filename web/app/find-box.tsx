import { SearchOutlined } from '@ant-design/icons';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Button, Input, type InputRef, Modal } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { findAnything } from '#auth/contract';
import { ErrorView } from '../ui/error-view.tsx';
import { call } from './api.ts';
import { type FoundItem, groupsOf, matchPages, remember } from './find-items.ts';
import { usePreference } from './me.ts';
import { mayOpen, navGroups } from './nav-groups.tsx';
import { readNavPinyin } from './nav-pinyin.ts';
import { useCan } from './session.ts';

/** The button in the top bar, and Ctrl-K or ⌘K anywhere: one search over everything that this person may see. */
export function FindBox({ compact }: { compact: boolean }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  useShortcut(() => setOpen(true));
  return (
    <>
      <Button
        type={compact ? 'text' : 'default'}
        className={compact ? '' : 'jd-find__button'}
        icon={<SearchOutlined aria-hidden="true" />}
        aria-label={t('find.label')}
        aria-keyshortcuts="Control+K Meta+K"
        onClick={() => setOpen(true)}
      >
        {compact ? null : (
          <>
            {t('find.button')} <kbd className="jd-find__key">Ctrl K</kbd>
          </>
        )}
      </Button>
      <Modal
        open={isOpen}
        footer={null}
        closable={false}
        destroyOnHidden
        width={640}
        style={{ top: 72 }}
        title={<span className="jd-visually-hidden">{t('find.label')}</span>}
        onCancel={() => setOpen(false)}
      >
        {isOpen ? <Finder onDone={() => setOpen(false)} /> : null}
      </Modal>
    </>
  );
}

function useShortcut(run: () => void): void {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey) return;
      event.preventDefault();
      latest.current();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
}

/** Milliseconds of quiet before the server is asked. */
const quiet = 150;

function Finder({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const { value: recent, change: keepRecent } = usePreference<FoundItem[]>('find.recent');
  const field = useRef<InputRef>(null);
  const { query, asked } = useAnswers(text.trim());
  const pages = usePages(text.trim());
  const groups = groupsOf(
    text.trim() === '' ? [] : (query.data?.groups ?? []),
    pages,
    recent ?? [],
    text.trim(),
  );
  const items = groups.flatMap((group) => group.items);
  const active = Math.min(chosen, Math.max(0, items.length - 1));

  useEffect(() => field.current?.focus(), []);

  function open(item: FoundItem) {
    void keepRecent(remember(recent ?? [], item));
    onDone();
    const url = new URL(item.link, location.origin);
    void navigate({ to: url.pathname, search: Object.fromEntries(url.searchParams) as never });
  }

  return (
    <div className="jd-find">
      <Input
        ref={field}
        size="large"
        prefix={<SearchOutlined aria-hidden="true" />}
        role="combobox"
        aria-label={t('find.label')}
        aria-expanded={items.length > 0}
        aria-controls="jd-find-list"
        aria-autocomplete="list"
        {...(items.length > 0 ? { 'aria-activedescendant': `jd-find-${active}` } : {})}
        placeholder={t('find.placeholder')}
        maxLength={100}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setChosen(0);
        }}
        onKeyDown={(event) => {
          // The Enter that ends the writing of a Chinese word is not the one that opens a result.
          if (event.nativeEvent.isComposing) return;
          if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
            event.preventDefault();
            const step = event.key === 'ArrowDown' ? 1 : -1;
            setChosen((active + step + items.length) % Math.max(1, items.length));
          }
          const item = items[active];
          if (event.key === 'Enter' && item) open(item);
        }}
      />
      {query.isError ? <ErrorView error={query.error} onRetry={() => void query.refetch()} /> : null}
      <div role="status" className="jd-visually-hidden">
        {asked === text.trim() && text.trim() !== '' ? t('find.count', { count: items.length }) : ''}
      </div>
      <FoundList groups={groups} active={active} onOpen={open} onPoint={setChosen} />
      {text.trim() !== '' && asked === text.trim() && query.isSuccess && items.length === 0 ? (
        <p>
          {t('find.none', { q: text.trim() })}
          <br />
          <span className="jd-faint">{t('find.noneHint')}</span>
        </p>
      ) : null}
      <p className="jd-faint jd-find__keys">{t('find.keys')}</p>
    </div>
  );
}

interface FoundListProps {
  readonly groups: ReturnType<typeof groupsOf>;
  readonly active: number;
  readonly onOpen: (item: FoundItem) => void;
  readonly onPoint: (index: number) => void;
}

function FoundList({ groups, active, onOpen, onPoint }: FoundListProps) {
  const { t } = useTranslation();
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector(`#jd-find-${active}`)?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  const starts: number[] = [];
  groups.reduce((sum, group) => {
    starts.push(sum);
    return sum + group.items.length;
  }, 0);
  return (
    // The field keeps the focus; the list is walked with the arrow keys (ARIA combobox).
    <div id="jd-find-list" role="listbox" aria-label={t('find.results')} ref={list} className="jd-find__list">
      {groups.map((group, at) => (
        // biome-ignore lint/a11y/useSemanticElements: a group of options in a listbox has no element of its own
        <div key={group.kind} role="group" aria-label={wordOf(t, group.kind)}>
          <div className="jd-find__kind" aria-hidden="true">
            {wordOf(t, group.kind)}
          </div>
          {group.items.map((item, inside) => {
            const index = starts[at]! + inside;
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the field's
              // biome-ignore lint/a11y/useFocusableInteractive: the field holds the focus
              <div
                key={`${item.kind}${item.id}`}
                id={`jd-find-${index}`}
                role="option"
                aria-selected={index === active}
                className="jd-find__item"
                onClick={() => onOpen(item)}
                onMouseMove={() => onPoint(index)}
              >
                <span className="jd-break">{item.title}</span>
                {item.detail ? <span className="jd-faint jd-break">{item.detail}</span> : null}
              </div>
            );
          })}
        </div>
      ))}
    </div>
  );
}

function wordOf(t: ReturnType<typeof useTranslation>['t'], kind: string): string {
  return (t as (key: string, options: { defaultValue: string }) => string)(`find.${kind}`, {
    defaultValue: kind,
  });
}

/** The server's answer to what was typed, once the typing rests. */
function useAnswers(text: string) {
  const [asked, setAsked] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text), quiet);
    return () => clearTimeout(timer);
  }, [text]);
  const query = useQuery({
    queryKey: ['find', asked],
    queryFn: ({ signal }) => call(findAnything, { query: { q: asked } }, { signal }),
    enabled: asked !== '',
    placeholderData: keepPreviousData,
  });
  return { query, asked };
}

function usePages(text: string): FoundItem[] {
  const { t } = useTranslation();
  const can = useCan();
  const known = navGroups.flatMap((group) =>
    group.items
      .filter((item) => mayOpen(item, can))
      .map((item) => ({
        word: item.word,
        to: item.to,
        title: t(`nav.${item.word}`),
        group: t(`nav.${group.word}`),
      })),
  );
  const { data: pinyin } = useQuery({
    queryKey: ['nav-pinyin'],
    queryFn: readNavPinyin,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return matchPages(known, text, pinyin ?? {});
}
