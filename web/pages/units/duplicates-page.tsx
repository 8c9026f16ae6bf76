import { Link } from '@tanstack/react-router';
import { App, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { keepPeopleApart, listDuplicates, mergePeople, type Person } from '#units/contract';
import { call } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { listSource } from '../../app/list-source.ts';
import { inBrackets, listComma } from '../../app/punctuation.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { useRefreshPeople } from './person-posts.tsx';

/** Registrations that may be one person: somebody says whether they are. */
export function DuplicatesPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHeader
        title={t('posts.duplicatesTitle')}
        description={t('posts.duplicatesHint')}
        back={{ to: '/people', label: t('posts.back') }}
      />
      <ListPage
        name="duplicates"
        label={t('posts.duplicatesTitle')}
        search={t('people.search')}
        source={listSource(listDuplicates)}
        rowKey={(row) => row.first.id + row.second.id}
        columns={[
          {
            key: 'first',
            field: 'first.personNo',
            title: t('posts.firstEntry'),
            card: 'title',
            render: (row) => <Entry person={row.first} />,
          },
          {
            key: 'second',
            field: 'second.personNo',
            title: t('posts.secondEntry'),
            render: (row) => <Entry person={row.second} />,
          },
          {
            key: 'same',
            title: t('posts.duplicateSame'),
            render: (row) => row.same.map((one) => t(`people.${one}`)).join(listComma()),
          },
          {
            key: 'act',
            field: 'first.id',
            title: t('posts.duplicateDecide'),
            render: (row) => <Decide first={row.first} second={row.second} />,
          },
        ]}
        empty={<EmptyState title={t('posts.duplicatesEmpty')} hint={t('posts.duplicatesHint')} />}
      />
    </>
  );
}

function Entry({ person }: { person: Person }) {
  const words = useEnumWords();
  return (
    <>
      <Link to="/people/$id" params={{ id: person.id }}>
        {person.name}
        {inBrackets(person.personNo)}
      </Link>
      <div className="jd-faint">
        {[
          person.unitName,
          person.posts.map((one) => words('post', one)).join(listComma()),
          person.phoneMasked,
          person.email,
        ]
          .filter(Boolean)
          .join(' · ')}
      </div>
    </>
  );
}

function Decide({ first, second }: { first: Person; second: Person }) {
  const { t } = useTranslation();
  return (
    <Space wrap size={4}>
      <SayButton label={t('posts.keepOne', { no: first.personNo })} keep={first} other={second} merge />
      <SayButton label={t('posts.keepOne', { no: second.personNo })} keep={second} other={first} merge />
      <SayButton label={t('posts.keepBoth')} keep={first} other={second} merge={false} />
    </Space>
  );
}

function SayButton(props: { label: string; keep: Person; other: Person; merge: boolean }) {
  const { t } = useTranslation();
  const refresh = useRefreshPeople();
  const { message } = App.useApp();
  const { keep, other, merge } = props;
  return (
    <FormDrawer label={props.label} size="small">
      {(close) => (
        <SchemaForm
          schema={mergePeople.body!}
          fixed={{ otherId: other.id }}
          fields={{ reason: { label: t('posts.reason') } }}
          {...(merge ? { extra: t('posts.mergeHelp') } : {})}
          submitLabel={props.label}
          danger={merge}
          onCancel={close}
          onSubmit={async (body) => {
            const target = { params: { id: keep.id }, body };
            if (merge) await call(mergePeople, target);
            else await call(keepPeopleApart, target);
            await refresh();
            void message.success(merge ? t('posts.mergeDone') : t('posts.apartDone'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}
