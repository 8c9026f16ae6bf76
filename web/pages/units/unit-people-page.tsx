import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { getUnit } from '#units/contract';
import { call } from '../../app/api.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { FiveInPlace } from './five-in-place.tsx';
import { LeadingGroup } from './leading-group.tsx';
import { Responsible } from './responsible.tsx';

/** One unit's people: who answers for what, on which day, and what is still missing. */
export function UnitPeoplePage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery({
    queryKey: ['units', id],
    queryFn: ({ signal }) => call(getUnit, { params: { id } }, { signal }),
  });
  return (
    <QueryView query={query} rows={10}>
      {(unit) => (
        <>
          <PageHeader
            title={t('posts.unitPeople')}
            description={unit.name}
            back={{ to: `/units/${unit.id}`, label: unit.name }}
          />
          <div className="jd-columns">
            <div>
              <LeadingGroup unitId={unit.id} />
              <Responsible unitId={unit.id} />
            </div>
            <FiveInPlace unitId={unit.id} />
          </div>
        </>
      )}
    </QueryView>
  );
}
