import { useTranslation } from 'react-i18next';

/** What an entry of the audit log did, in words; an act that is newer than this page is shown by its name. */
export function useActWords(): (action: string) => string {
  const { t } = useTranslation();
  return (action) => {
    const [module = '', ...rest] = action.split('.');
    return (t as (key: string, options: { defaultValue: string }) => string)(
      `acts.${module}.${rest.join('.')}`,
      { defaultValue: action },
    );
  };
}
