import { useTranslation } from 'react-i18next';
import { importPeople, listPeople, peopleSheet, post } from '#units/contract';
import { call } from '../../app/api.ts';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { ImportButton } from '../../app/import-button.tsx';
import { toListQuery } from '../../app/list-query.ts';
import { MaskedPhone } from '../../app/masked-phone.tsx';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { PageHeader } from '../../ui/page-header.tsx';

/** People with their posts. */
export function PeoplePage() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const can = useCan();
  const importer = can('people.write') ? (
    <ImportButton target={importPeople} spec={peopleSheet} touches={['people']} />
  ) : null;
  return (
    <>
      <PageHeader title={t('people.title')} description={t('people.hint')} actions={importer} />
      <ListPage
        name="people"
        label={t('people.title')}
        search={t('people.search')}
        load={async (state, signal) => {
          const reply = await call(listPeople, { query: toListQuery(state, ['post', 'unitId']) }, { signal });
          return { rows: reply.items, total: reply.total };
        }}
        rowKey={(row) => row.id}
        filters={[{ key: 'post', label: t('people.post'), options: optionsOf(words, 'post', post.options) }]}
        columns={[
          {
            key: 'name',
            title: t('people.name'),
            card: 'title',
            render: (row) => row.name,
            text: (row) => row.name,
          },
          { key: 'no', title: t('people.no'), render: (row) => row.personNo, text: (row) => row.personNo },
          {
            key: 'unit',
            title: t('people.unit'),
            render: (row) => row.unitName ?? '—',
            text: (row) => row.unitName,
          },
          {
            key: 'post',
            title: t('people.post'),
            render: (row) => row.posts.map((one) => words('post', one)).join('、') || '—',
            text: (row) => row.posts.map((one) => words('post', one)).join('、'),
          },
          {
            key: 'phone',
            title: t('people.phone'),
            render: (row) => <MaskedPhone personId={row.id} masked={row.phoneMasked} />,
            text: (row) => row.phoneMasked,
          },
          {
            key: 'email',
            title: t('people.email'),
            render: (row) => row.email ?? '—',
            text: (row) => row.email,
          },
        ]}
        empty={<EmptyState title={t('people.empty')} hint={t('people.emptyHint')} action={importer} />}
      />
    </>
  );
}
