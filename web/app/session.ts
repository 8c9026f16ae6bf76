import { type QueryClient, queryOptions, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { getSession } from '#auth/contract';
import { call, type RouteReply } from './api.ts';

export type Session = RouteReply<typeof getSession>;
export type SessionUser = NonNullable<Session['user']>;

/** Who is signed in; asked once, and again after each sign-in and sign-out. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => call(getSession, {}, { signal, quietSignIn: true }),
  staleTime: Number.POSITIVE_INFINITY,
});

export function useSession(): Session {
  return useSuspenseQuery(sessionQuery).data;
}

/** The signed-in person. Only for pages behind the sign-in, where there always is one. */
export function useUser(): SessionUser {
  const { user } = useSession();
  if (user === null) throw new Error('this page needs a signed-in user');
  return user;
}

/** Whether the signed-in person holds a permission. The server checks again; this only decides what is shown. */
export function useCan(): (permission: string) => boolean {
  const { user } = useSession();
  return (permission) => user?.permissions.includes(permission) ?? false;
}

/** After a sign-in or sign-out: nothing of the other person's data stays in memory. */
export async function forgetEverything(client: QueryClient): Promise<void> {
  client.removeQueries({ predicate: (query) => query.queryKey[0] !== 'session' });
  await client.fetchQuery({ ...sessionQuery, staleTime: 0 });
}

export function useForgetEverything(): () => Promise<void> {
  const client = useQueryClient();
  return () => forgetEverything(client);
}
