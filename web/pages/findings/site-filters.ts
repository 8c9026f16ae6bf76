import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { getSite, listColumns } from '#sites/contract';
import { call } from '../../app/api.ts';
import { useCan } from '../../app/session.ts';
import { useListState } from '../../ui/list-state.ts';

/** A list that is narrowed to one website says so, and can be narrowed further to one of its declared columns. */
export function useSiteFilters() {
  const { t } = useTranslation();
  const can = useCan();
  const [{ filters }] = useListState();
  const { siteId = '' } = filters;
  const enabled = siteId !== '' && can('sites.read');
  const site = useQuery({
    queryKey: ['sites', siteId],
    queryFn: ({ signal }) => call(getSite, { params: { id: siteId } }, { signal }),
    enabled,
  });
  const columns = useQuery({
    queryKey: ['sites', siteId, 'columns'],
    queryFn: ({ signal }) => call(listColumns, { query: { siteId, pageSize: 200 } }, { signal }),
    enabled,
  });
  if (!site.data) return [];
  return [
    { key: 'siteId', label: t('findings.site'), options: [{ value: siteId, label: site.data.name }] },
    {
      key: 'pathPrefix',
      label: t('siteColumns.ofFinding'),
      options: (columns.data?.items ?? []).map(({ name, pathPrefix }) => ({
        value: pathPrefix,
        label: `${name} ${pathPrefix}`,
      })),
    },
  ];
}
