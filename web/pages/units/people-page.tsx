import { PlusOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { App, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { importPeople, listPeople, peopleSheet, post, registerPerson } from '#units/contract';
import { call } from '../../app/api.ts';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { ImportButton } from '../../app/import-button.tsx';
import { listSource } from '../../app/list-source.ts';
import { MaskedPhone } from '../../app/masked-phone.tsx';
import { listComma } from '../../app/punctuation.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';

/** People with their posts. */
export function PeoplePage() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const can = useCan();
  const navigate = useNavigate();
  const actions = can('people.write') ? (
    <Space wrap>
      <Link to="/people/duplicates">{t('posts.duplicates')}</Link>
      <Link to="/post-exceptions">{t('posts.exceptionsTitle')}</Link>
      <ImportButton target={importPeople} spec={peopleSheet} touches={['people']} />
      <RegisterPerson />
    </Space>
  ) : null;
  return (
    <>
      <PageHeader title={t('people.title')} description={t('people.hint')} actions={actions} />
      <ListPage
        name="people"
        label={t('people.title')}
        search={t('people.search')}
        source={listSource(listPeople, ['post', 'unitId', 'held'])}
        rowKey={(row) => row.id}
        onOpen={(row) => void navigate({ to: '/people/$id', params: { id: row.id } })}
        filters={[{ key: 'post', label: t('people.post'), options: optionsOf(words, 'post', post.options) }]}
        columns={[
          {
            key: 'name',
            title: t('people.name'),
            sort: 'name',
            card: 'title',
            render: (row) => (
              <Link to="/people/$id" params={{ id: row.id }}>
                {row.name}
              </Link>
            ),
          },
          { key: 'no', field: 'personNo', sort: 'no', title: t('people.no'), render: (row) => row.personNo },
          {
            key: 'unit',
            field: 'unitName',
            title: t('people.unit'),
            render: (row) => row.unitName ?? '—',
          },
          {
            key: 'post',
            coded: 'post',
            title: t('people.post'),
            render: (row) => row.posts.map((one) => words('post', one)).join(listComma()) || '—',
          },
          {
            key: 'phone',
            field: 'phoneMasked',
            title: t('people.phone'),
            render: (row) => <MaskedPhone personId={row.id} masked={row.phoneMasked} />,
          },
          { key: 'email', title: t('people.email'), render: (row) => row.email ?? '—' },
        ]}
        empty={<EmptyState title={t('people.empty')} hint={t('people.emptyHint')} action={actions} />}
      />
    </>
  );
}

function RegisterPerson() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { message } = App.useApp();
  return (
    <FormDrawer label={t('posts.register')} icon={<PlusOutlined aria-hidden="true" />} type="primary">
      {(close) => (
        <SchemaForm
          schema={registerPerson.body!}
          draft="people.register"
          fields={{
            name: { label: t('people.name'), autoFocus: true },
            personNo: { label: t('people.no') },
            unitId: { label: t('people.unit'), widget: 'unit' },
            post: { label: t('people.post'), options: optionsOf(words, 'post', post.options) },
            startsOn: { label: t('posts.startsOn'), help: t('posts.startsOnHelp') },
            phone: { label: t('people.phone') },
            email: { label: t('people.email') },
          }}
          submitLabel={t('posts.register')}
          onCancel={close}
          onSubmit={async (body) => {
            const made = await call(registerPerson, { body });
            await client.invalidateQueries({ queryKey: ['people'] });
            void message.success(t('posts.registered'));
            close();
            await navigate({ to: '/people/$id', params: { id: made.id } });
          }}
        />
      )}
    </FormDrawer>
  );
}
