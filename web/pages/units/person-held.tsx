import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { App, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { listHeldThings, nameSuccessor } from '#units/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { type EnumName, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useCan } from '../../app/session.ts';
import { countText, isMore } from '../../ui/count-text.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import type { PersonReply } from './person-page.tsx';
import { useRefreshPeople } from './person-posts.tsx';

type Thing = RouteReply<typeof listHeldThings>['items'][number];

/** What hangs on a person; what nobody in post answers for comes first, with a way to name a successor. */
export function PersonHeld({ person }: { person: PersonReply }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const query = useQuery({
    queryKey: ['people', person.id, 'held'],
    queryFn: ({ signal }) => call(listHeldThings, { params: { id: person.id } }, { signal }),
  });
  return (
    <Panel title={t('posts.held')}>
      <QueryView query={query}>
        {({ items, ...list }) =>
          items.length === 0 ? (
            <EmptyState title={t('posts.heldEmpty')} hint={t('posts.heldHint')} />
          ) : (
            <>
              <DataTable<Thing>
                rowKey={(row) => `${row.kind}:${row.id}`}
                dataSource={[...items]}
                columns={[
                  {
                    key: 'title',
                    title: t('posts.held'),
                    render: (_, row) => (
                      <Space orientation="vertical" size={0} style={{ maxWidth: 'min(60vw, 420px)' }}>
                        <span>
                          {words('heldKind' as EnumName, row.kind)}{' '}
                          {row.link ? <Link to={row.link}>{row.title}</Link> : row.title}
                        </span>
                        {row.detail ? <span className="jd-faint jd-break">{row.detail}</span> : null}
                      </Space>
                    ),
                  },
                  {
                    key: 'state',
                    title: t('posts.siteManagement'),
                    render: (_, row) => <HeldState thing={row} />,
                  },
                  {
                    key: 'act',
                    title: t('posts.successor'),
                    render: (_, row) => <GiveButton person={person} thing={row} />,
                  },
                ]}
              />
              {isMore(list, items.length) ? (
                <p className="jd-faint">
                  {t('posts.heldMore', { total: countText(list), shown: items.length })}
                </p>
              ) : null}
            </>
          )
        }
      </QueryView>
    </Panel>
  );
}

function HeldState({ thing }: { thing: Thing }) {
  const { t } = useTranslation();
  if (!thing.orphaned) return <StatusTag tone="ok">{t('posts.managed')}</StatusTag>;
  return (
    <StatusTag tone="danger">
      {thing.orphanedSince ? t('posts.orphanedSince', { day: thing.orphanedSince }) : t('posts.orphaned')}
    </StatusTag>
  );
}

function GiveButton({ person, thing }: { person: PersonReply; thing: Thing }) {
  const { t } = useTranslation();
  const can = useCan();
  const refresh = useRefreshPeople();
  const { message } = App.useApp();
  if (!thing.canHandOver) return <span className="jd-faint">{t('posts.accountHint')}</span>;
  if (!can('people.write')) return null;
  return (
    <FormDrawer label={t('posts.successor')} size="small">
      {(close) => (
        <SchemaForm
          schema={nameSuccessor.body!}
          fixed={{ kind: thing.kind, thingId: thing.id }}
          fields={{ toPersonId: { label: t('posts.successorPerson'), widget: 'person' } }}
          submitLabel={t('posts.successor')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(nameSuccessor, { params: { id: person.id }, body });
            await refresh();
            void message.success(t('posts.successorDone'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}
