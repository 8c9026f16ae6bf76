import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Alert, App, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { getPerson, updatePerson } from '#units/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { MaskedPhone } from '../../app/masked-phone.tsx';
import { inBrackets, listComma } from '../../app/punctuation.ts';
import { useCan } from '../../app/session.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { HandOverButton } from './hand-over.tsx';
import { PersonCalls } from './person-calls.tsx';
import { PersonCertificates } from './person-certificates.tsx';
import { PersonHeld } from './person-held.tsx';
import { PersonPosts } from './person-posts.tsx';

export type PersonReply = RouteReply<typeof getPerson>;

/** One person: posts in time, certificates, call-backs, and what hangs on them. */
export function PersonPage() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery({
    queryKey: ['people', id],
    queryFn: ({ signal }) => call(getPerson, { params: { id } }, { signal }),
  });
  return (
    <QueryView query={query} rows={10}>
      {(person) => (
        <>
          <PageHeader
            title={person.name}
            description={[person.unitName, person.posts.map((one) => words('post', one)).join(listComma())]
              .filter(Boolean)
              .join(' · ')}
            back={{ to: '/people', label: t('posts.back') }}
            actions={<PersonActions person={person} />}
          />
          {person.mergedInto ? (
            <Alert
              type="warning"
              showIcon
              style={{ marginBottom: 16 }}
              title={
                <>
                  {t('posts.merged')}{' '}
                  <Link to="/people/$id" params={{ id: person.mergedInto.id }}>
                    {person.mergedInto.name}
                    {inBrackets(person.mergedInto.personNo)}
                  </Link>
                </>
              }
            />
          ) : null}
          <div className="jd-columns">
            <div>
              <PersonPosts person={person} />
              <PersonHeld person={person} />
              <PersonCertificates person={person} />
            </div>
            <div>
              <Panel title={t('sites.facts')}>
                <Facts
                  items={[
                    [t('people.no'), person.personNo],
                    [t('people.unit'), person.unitName ?? '—'],
                    [
                      t('people.phone'),
                      <MaskedPhone key="phone" personId={person.id} masked={person.phoneMasked} />,
                    ],
                    [t('people.email'), person.email ?? '—'],
                    [t('people.minor'), person.minor ? t('people.minorYes') : null],
                  ]}
                />
              </Panel>
              <PersonCalls person={person} />
            </div>
          </div>
        </>
      )}
    </QueryView>
  );
}

function PersonActions({ person }: { person: PersonReply }) {
  const { t } = useTranslation();
  const can = useCan();
  const client = useQueryClient();
  const { message } = App.useApp();
  if (!can('people.write') || person.mergedInto) return null;
  return (
    <Space wrap>
      <HandOverButton person={person} />
      <FormDrawer label={t('posts.edit')}>
        {(close) => (
          <SchemaForm
            schema={updatePerson.body!}
            initial={{ name: person.name, email: person.email, minor: person.minor }}
            fields={{
              name: { label: t('people.name') },
              phone: {
                label: t('people.phone'),
                help: person.phoneMasked ?? undefined,
                example: '0578-0000000',
              },
              email: { label: t('people.email') },
              minor: { label: t('people.minor'), help: t('people.minorHelp') },
            }}
            submitLabel={t('action.save')}
            onCancel={close}
            onSubmit={async ({ phone, ...body }) => {
              // The number is not shown, so an empty field means that it stays.
              await call(updatePerson, {
                params: { id: person.id },
                body: { ...body, ...(phone ? { phone } : {}) },
              });
              await client.invalidateQueries({ queryKey: ['people'] });
              void message.success(t('posts.saved'));
              close();
            }}
          />
        )}
      </FormDrawer>
    </Space>
  );
}
