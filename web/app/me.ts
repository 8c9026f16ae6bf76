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

/** One preference of the account: its value once it is known, and how to change it. A failed change goes up. */
export function usePreference<T>(key: string): [T | undefined, (value: T) => Promise<void>] {
  const client = useQueryClient();
  const value = useMe().data?.preferences[key] as T | undefined;
  const change = useCallback(
    async (next: T) => {
      client.setQueryData(meQuery.queryKey, (known) =>
        known ? { ...known, preferences: { ...known.preferences, [key]: next } } : known,
      );
      await call(setPreference, { params: { key }, body: { value: next } });
    },
    [client, key],
  );
  return [value, change];
}
