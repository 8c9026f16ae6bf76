import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { getMe, setPreference } from '#auth/contract';
import { call } from './api.ts';
import { useSession } from './session.ts';

/** What the server keeps of this person's user interface. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => call(getMe, {}, { signal, quietSignIn: true }),
  staleTime: Number.POSITIVE_INFINITY,
});

function useMe() {
  const { user } = useSession();
  return useQuery({ ...meQuery, enabled: user !== null && user.mustFirst === null });
}

/** Name and last digits, for screen and paper; empty until it is known. */
export function useMark(): string {
  return useMe().data?.mark ?? '';
}

export interface Preference<T> {
  /** Undefined until the server has told it, and when nothing was chosen. */
  readonly value: T | undefined;
  /** Whether the server has told, so that a change shows at once. */
  readonly isKnown: boolean;
  /** Shows the change at once and keeps it with the account; what fails goes up. */
  readonly change: (value: T) => Promise<void>;
}

/** One preference of the account. */
export function usePreference<T>(key: string): Preference<T> {
  const client = useQueryClient();
  const me = useMe();
  const change = useCallback(
    async (next: T) => {
      client.setQueryData(meQuery.queryKey, (known) =>
        known ? { ...known, preferences: { ...known.preferences, [key]: next } } : known,
      );
      await call(setPreference, { params: { key }, body: { value: next } });
    },
    [client, key],
  );
  return { value: me.data?.preferences[key] as T | undefined, isKnown: me.isSuccess, change };
}
