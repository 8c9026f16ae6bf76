import { useTranslation } from 'react-i18next';
import { allocationRole, allocationSheet, importAllocations, listAllocations } from '#addresses/contract';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { ImportButton } from '../../app/import-button.tsx';
import { listSource } from '../../app/list-source.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { PageHeader } from '../../ui/page-header.tsx';

/** Address prefixes of the units. */
export function AllocationsPage() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const can = useCan();
  const importer = can('addresses.write') ? (
    <ImportButton target={importAllocations} spec={allocationSheet} touches={['allocations', 'devices']} />
  ) : null;
  return (
    <>
      <PageHeader title={t('allocations.title')} description={t('allocations.hint')} actions={importer} />
      <ListPage
        name="allocations"
        label={t('allocations.title')}
        search={t('allocations.search')}
        source={listSource(listAllocations, ['role'])}
        rowKey={(row) => row.id}
        filters={[
          {
            key: 'role',
            label: t('allocations.role'),
            options: optionsOf(words, 'allocationRole', allocationRole.options),
          },
        ]}
        columns={[
          {
            key: 'cidr',
            title: t('allocations.cidr'),
            card: 'title',
            render: (row) => <span className="jd-mono">{row.cidr}</span>,
            text: (row) => row.cidr,
          },
          {
            key: 'unit',
            field: 'unitName',
            title: t('allocations.unit'),
            render: (row) => row.unitName,
            text: (row) => row.unitName,
          },
          {
            key: 'role',
            coded: 'allocationRole',
            title: t('allocations.role'),
            render: (row) => words('allocationRole', row.role),
            text: (row) => words('allocationRole', row.role),
          },
          {
            key: 'realm',
            title: t('allocations.realm'),
            render: (row) => row.realm,
            text: (row) => row.realm,
          },
          {
            key: 'devices',
            title: t('allocations.devices'),
            render: (row) => <span className="jd-num">{row.devices}</span>,
            text: (row) => row.devices,
          },
          { key: 'note', title: t('allocations.note'), render: (row) => row.note, text: (row) => row.note },
        ]}
        empty={
          <EmptyState title={t('allocations.empty')} hint={t('allocations.emptyHint')} action={importer} />
        }
      />
    </>
  );
}
