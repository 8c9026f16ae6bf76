import { useQuery } from '@tanstack/react-query';
import { listPermissions, listRoles } from '#auth/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { useLanguage } from '../../app/i18n.ts';
import { inBrackets } from '../../app/punctuation.ts';

export type PermissionInfo = RouteReply<typeof listPermissions>[number];
export type RoleInfo = RouteReply<typeof listRoles>[number];

/** The permissions in words; a key that is newer than this page is shown as it is. */
export function usePermissionWords() {
  const language = useLanguage();
  const query = useQuery({
    queryKey: ['permissions'],
    queryFn: ({ signal }) => call(listPermissions, {}, { signal }),
    staleTime: 300_000,
  });
  const all: readonly PermissionInfo[] = query.data ?? [];
  const words = (key: string) => all.find((one) => one.key === key)?.[language] ?? key;
  const options = (fits: (one: PermissionInfo) => boolean) =>
    all.filter(fits).map((one) => ({ value: one.key, label: one[language] + inBrackets(one.key) }));
  return { query, all, words, options };
}

/** Built-in and composed roles in words. */
export function useRoles() {
  const language = useLanguage();
  const query = useQuery({ queryKey: ['roles'], queryFn: ({ signal }) => call(listRoles, {}, { signal }) });
  const roles: readonly RoleInfo[] = query.data ?? [];
  return {
    query,
    roles,
    words: (role: string) => roles.find((one) => one.role === role)?.[language] ?? role,
    options: roles.map((one) => ({ value: one.role as string, label: one[language] })),
  };
}
