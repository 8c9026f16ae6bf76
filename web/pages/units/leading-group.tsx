import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Alert, App, Collapse } from 'antd';
import { useTranslation } from 'react-i18next';
import { type LeadingGroup as Group, groupRole, listLeadingGroups, setLeadingGroup } from '#units/contract';
import { call } from '../../app/api.ts';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useCan } from '../../app/session.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';

/** The leading group of a unit: the version in force, its members as they stand today, and the former versions. */
export function LeadingGroup({ unitId }: { unitId: string }) {
  const { t } = useTranslation();
  const can = useCan();
  const query = useQuery({
    queryKey: ['units', unitId, 'groups'],
    queryFn: ({ signal }) => call(listLeadingGroups, { params: { id: unitId } }, { signal }),
  });
  const [newest, ...former] = query.data?.items ?? [];
  const edit = can('people.write') && query.data ? <SetGroup unitId={unitId} newest={newest} /> : null;
  return (
    <Panel title={t('posts.group')} extra={edit}>
      <QueryView query={query}>
        {() =>
          newest === undefined ? (
            <EmptyState title={t('posts.groupEmpty')} hint={t('posts.groupEmptyHint')} />
          ) : (
            <>
              <Version group={newest} />
              {former.length > 0 ? (
                <Collapse
                  ghost
                  items={[
                    {
                      key: 'former',
                      label: t('posts.groupVersions'),
                      children: former.map((group) => <Version key={group.id} group={group} />),
                    },
                  ]}
                />
              ) : null}
            </>
          )
        }
      </QueryView>
    </Panel>
  );
}

function Version({ group }: { group: Group }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const term = group.closedOn
    ? t('posts.groupClosed', { from: group.establishedOn, to: group.closedOn })
    : t('posts.span', { from: group.establishedOn, to: t('posts.open') });
  return (
    <div style={{ marginBottom: 16 }}>
      {group.changeDueOn ? (
        <Alert
          type={group.overdue ? 'error' : 'warning'}
          showIcon
          style={{ marginBottom: 12 }}
          title={t(group.overdue ? 'posts.groupOverdue' : 'posts.groupDue', { day: group.changeDueOn })}
        />
      ) : null}
      <Facts
        items={[
          [t('posts.groupDocument'), group.documentNo],
          [t('posts.groupDate'), term],
          [t('posts.groupReason'), group.changeReason],
          [
            t('posts.groupOffice'),
            [group.officeName, group.officeHeadName, group.officePhoneMasked].filter(Boolean).join(' · '),
          ],
        ]}
      />
      <DataTable<Group['members'][number]>
        rowKey="personId"
        dataSource={[...group.members]}
        columns={[
          { key: 'role', title: t('posts.groupRole'), render: (_, row) => words('groupRole', row.role) },
          {
            key: 'name',
            title: t('posts.groupMember'),
            render: (_, row) => (
              <Link to="/people/$id" params={{ id: row.personId }}>
                {row.personName}
              </Link>
            ),
          },
          { key: 'duties', title: t('posts.groupDuties'), render: (_, row) => row.duties ?? '—' },
          {
            key: 'post',
            title: t('posts.groupPost'),
            render: (_, row) =>
              row.leftOn ? (
                <StatusTag tone="danger">{t('posts.groupLeft', { day: row.leftOn })}</StatusTag>
              ) : (
                words('post', row.post)
              ),
          },
        ]}
      />
    </div>
  );
}

function SetGroup({ unitId, newest }: { unitId: string; newest: Group | undefined }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const client = useQueryClient();
  const { message } = App.useApp();
  const label = newest ? t('posts.groupChange') : t('posts.groupSet');
  return (
    <FormDrawer label={label} size="small">
      {(close) => (
        <SchemaForm
          schema={setLeadingGroup.body!}
          draft={`units.leading_group.${unitId}`}
          initial={{
            officeName: newest?.officeName ?? undefined,
            members: (newest?.members ?? []).map(({ personId, role, duties }) => ({
              personId,
              role,
              ...(duties ? { duties } : {}),
            })),
          }}
          fields={{
            documentNo: { label: t('posts.groupDocument') },
            establishedOn: { label: t('posts.groupDate') },
            ...(newest && { changeReason: { label: t('posts.groupReason') } }),
            members: {
              label: t('posts.groupMembers'),
              fields: {
                personId: { label: t('posts.groupMember'), widget: 'person' },
                role: {
                  label: t('posts.groupRole'),
                  options: optionsOf(words, 'groupRole', groupRole.options),
                },
                duties: { label: t('posts.groupDuties') },
              },
            },
            officeName: { label: t('posts.groupOffice') },
            officeHeadId: { label: t('posts.groupOfficeHead'), widget: 'person' },
            officePhone: { label: t('posts.groupOfficePhone') },
          }}
          extra={t('posts.groupHint')}
          submitLabel={label}
          onCancel={close}
          onSubmit={async (body) => {
            await call(setLeadingGroup, { params: { id: unitId }, body });
            await Promise.all([
              client.invalidateQueries({ queryKey: ['units'] }),
              client.invalidateQueries({ queryKey: ['five'] }),
            ]);
            void message.success(t('posts.groupSaved'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}
