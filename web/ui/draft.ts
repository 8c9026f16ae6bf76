import { useCallback, useState } from 'react';

/**
 * A form's unsent content, kept in this browser so that a lost connection, a closed tab or an expired session
 * costs nothing. `clear` is called once the server has it.
 */
export function useDraft<T extends object>(
  name: string,
): {
  readonly initial: Partial<T>;
  readonly savedAt: Date | undefined;
  save(values: Partial<T>): void;
  clear(): void;
} {
  const key = `jiaodun.draft.${name}`;
  const [initial] = useState<Partial<T>>(() => readDraft(key));
  const [savedAt, setSavedAt] = useState<Date | undefined>();
  const save = useCallback(
    (values: Partial<T>) => {
      localStorage.setItem(key, JSON.stringify(values));
      setSavedAt(new Date());
    },
    [key],
  );
  const clear = useCallback(() => {
    localStorage.removeItem(key);
    setSavedAt(undefined);
  }, [key]);
  return { initial, savedAt, save, clear };
}

/** A stored draft; one that cannot be read is dropped, because it can only be a leftover of an older version. */
export function readDraft<T extends object>(key: string): Partial<T> {
  const stored = localStorage.getItem(key);
  if (stored === null) return {};
  try {
    const value: unknown = JSON.parse(stored);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Partial<T>) : {};
  } catch {
    localStorage.removeItem(key);
    return {};
  }
}
