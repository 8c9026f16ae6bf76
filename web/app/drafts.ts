/**
 * What somebody has typed and not sent. The server keeps it per account and form, so that it survives a reload,
 * a sign-out and another computer; this tab keeps what the server has not got yet. Nothing stays in the
 * browser of a shared computer after the tab is closed.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import { getDraft, saveDraft } from '#auth/contract';
import { call } from './api.ts';
import { useSession } from './session.ts';

export interface StoredDraft {
  readonly value: Record<string, unknown>;
  readonly at: string;
}

export interface Drafts {
  /** What was found when the form opened; undefined once it was taken or dropped. */
  readonly offered: StoredDraft | undefined;
  readonly state: 'none' | 'kept' | 'here';
  readonly savedAt: string | undefined;
  readonly save: (value: Record<string, unknown>) => void;
  readonly take: () => void;
  readonly clear: () => Promise<void>;
}

/** Milliseconds of quiet after which the server gets the draft. */
const quiet = 800;

/** Drafts of one form of the signed-in person; without a name, or while nobody is signed in, nothing is kept. */
export function useDrafts(form: string | undefined): Drafts {
  const { user } = useSession();
  const key = form === undefined || user === null ? undefined : `jiaodun.draft.${user.id}.${form}`;
  const [offered, setOffered] = useState<StoredDraft>();
  const [kept, setKept] = useState<{ state: Drafts['state']; at?: string }>({ state: 'none' });
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const touched = useRef(false);

  useEffect(() => {
    if (key === undefined || form === undefined) return;
    let isCurrent = true;
    void findDraft(form, key).then((found) => {
      if (isCurrent && !touched.current) setOffered(found);
    });
    return () => {
      isCurrent = false;
      clearTimeout(timer.current);
    };
  }, [form, key]);

  const save = useCallback(
    (value: Record<string, unknown>) => {
      if (key === undefined || form === undefined) return;
      touched.current = true;
      sessionStorage.setItem(key, JSON.stringify({ value, at: new Date().toISOString() }));
      clearTimeout(timer.current);
      timer.current = setTimeout(() => {
        void sendDraft(form, value).then((at) => {
          if (at === undefined) setKept({ state: 'here' });
          else {
            sessionStorage.removeItem(key);
            setKept({ state: 'kept', at });
          }
        });
      }, quiet);
    },
    [form, key],
  );

  const clear = useCallback(async () => {
    setOffered(undefined);
    setKept({ state: 'none' });
    clearTimeout(timer.current);
    if (key === undefined || form === undefined) return;
    sessionStorage.removeItem(key);
    await sendDraft(form, null);
  }, [form, key]);

  const take = useCallback(() => {
    touched.current = true;
    setOffered(undefined);
  }, []);
  return { offered, state: kept.state, savedAt: kept.at, save, take, clear };
}

/** The newer of what this tab and what the server has. A server that is away has nothing to offer now. */
async function findDraft(form: string, key: string): Promise<StoredDraft | undefined> {
  const here = readHere(key);
  const there = await call(getDraft, { params: { form } }, { quietSignIn: true }).catch(() => undefined);
  const remote =
    there?.value && there.savedAt ? { value: there.value, at: String(there.savedAt) } : undefined;
  if (here === undefined) return remote;
  return remote === undefined || here.at > remote.at ? here : remote;
}

/** When the server has it, or undefined: the tab then still has, and the page says so. */
async function sendDraft(form: string, value: Record<string, unknown> | null): Promise<string | undefined> {
  try {
    const { savedAt } = await call(saveDraft, { params: { form }, body: { value } }, { quietSignIn: true });
    return String(savedAt);
  } catch {
    // Not an error of the form: its content is on the page and in the tab; `state` becomes `here`.
    return undefined;
  }
}

function readHere(key: string): StoredDraft | undefined {
  const stored = sessionStorage.getItem(key);
  if (stored === null) return undefined;
  try {
    const read = JSON.parse(stored) as Partial<StoredDraft>;
    return read.value && typeof read.at === 'string' ? { value: read.value, at: read.at } : undefined;
  } catch {
    // Half written when the browser ended: nothing to offer.
    return undefined;
  }
}
