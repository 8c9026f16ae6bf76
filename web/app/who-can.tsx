import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { type holdersOf, listHolders } from '#auth/contract';
import { call } from './api.ts';
import { ApiError } from './api-error.ts';
import { useLanguage } from './i18n.ts';

type Holders = z.output<typeof holdersOf>;

/** Under a refusal: which roles could, and who of one's own unit or above to ask. Nothing under other failures. */
export function WhoCan({ error }: { error: unknown }) {
  if (!(error instanceof ApiError) || error.code !== 'base.forbidden') return null;
  const { roles, holders } = error.details as Partial<Holders>;
  return Array.isArray(roles) && Array.isArray(holders) ? <Holding roles={roles} holders={holders} /> : null;
}

/** The same for a permission whose lack a page knows before it asks. */
export function HoldersOf({ permission }: { permission: string }) {
  const query = useQuery({
    queryKey: ['holders', permission],
    queryFn: ({ signal }) => call(listHolders, { params: { key: permission } }, { signal }),
  });
  return query.data ? <Holding {...query.data} /> : null;
}

function Holding({ roles, holders }: Holders) {
  const { t } = useTranslation();
  const language = useLanguage();
  const words = (role: string) => roles.find((one) => one.role === role)?.[language] ?? role;
  const between = language === 'zh' ? '、' : ', ';
  return (
    <div>
      {roles.length > 0 ? (
        <p style={{ margin: '4px 0' }}>
          {t('rights.rolesWithIt', { roles: roles.map((role) => role[language]).join(between) })}
        </p>
      ) : null}
      {holders.length > 0 ? (
        <>
          <span>{t('rights.askWhom')}</span>
          <ul style={{ margin: '4px 0', paddingInlineStart: 20 }}>
            {holders.map((holder) => (
              <li key={`${holder.name}${holder.unitName}`}>
                {t('rights.who', { name: holder.name, unit: holder.unitName })}
                <span className="jd-soft"> {holder.roles.map(words).join(between)}</span>
              </li>
            ))}
          </ul>
        </>
      ) : (
        <span>{t('rights.askNobody')}</span>
      )}
    </div>
  );
}
