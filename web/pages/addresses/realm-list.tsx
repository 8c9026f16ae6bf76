import { useTranslation } from 'react-i18next';
import { changeRealm, createRealm, listRealms } from '#addresses/contract';
import { call } from '../../app/api.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { listSource } from '../../app/list-source.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { useDone } from './use-done.ts';

/** Routing domains. */
export function RealmList() {
  const { t } = useTranslation();
  const can = useCan();
  return (
    <ListPage
      name="realms"
      label={t('allocationTree.realms')}
      search={t('list.search')}
      source={listSource(listRealms)}
      rowKey={(row) => row.id}
      {...(can('addresses.write') && { tools: <AddRealm /> })}
      columns={[
        { key: 'key', title: t('allocationTree.realmKey'), card: 'title', render: (row) => row.key },
        { key: 'name', title: t('allocationTree.realmName'), render: (row) => row.name },
        {
          key: 'unitName',
          title: t('allocationTree.realmOwner'),
          render: (row) => row.unitName ?? t('allocationTree.everyone'),
        },
        { key: 'description', title: t('allocationTree.description'), render: (row) => row.description },
        {
          key: 'prefixes',
          title: t('allocationTree.prefixes'),
          render: (row) => <span className="jd-num">{row.prefixes}</span>,
        },
        {
          key: 'acts',
          field: 'id',
          title: t('allocationTree.acts'),
          render: (row) => (row.unitId && can('addresses.write') ? <EditRealm realm={row} /> : '—'),
        },
      ]}
      empty={<EmptyState title={t('allocationTree.noRealms')} hint={t('allocationTree.realmHelp')} />}
    />
  );
}

function AddRealm() {
  const { t } = useTranslation();
  const done = useDone();
  return (
    <FormDrawer label={t('allocationTree.addRealm')} type="primary">
      {(close) => (
        <SchemaForm
          schema={createRealm.body!}
          fields={{
            key: { label: t('allocationTree.realmKey'), example: 'school-001' },
            name: { label: t('allocationTree.realmName') },
            unitId: { label: t('allocationTree.realmOwner'), widget: 'unit' },
            description: { label: t('allocationTree.description'), widget: 'textarea' },
          }}
          extra={t('allocationTree.realmHelp')}
          submitLabel={t('allocationTree.addRealm')}
          onSubmit={async (body) => {
            await call(createRealm, { body });
            close();
            await done(t('allocationTree.realmAdded'));
          }}
        />
      )}
    </FormDrawer>
  );
}

function EditRealm({ realm }: { realm: { id: string; name: string; description: string } }) {
  const { t } = useTranslation();
  const done = useDone();
  return (
    <FormDrawer label={t('allocationTree.edit')} size="small">
      {(close) => (
        <SchemaForm
          schema={changeRealm.body!}
          fields={{
            name: { label: t('allocationTree.realmName') },
            description: { label: t('allocationTree.description'), widget: 'textarea' },
          }}
          initial={{ name: realm.name, description: realm.description }}
          submitLabel={t('allocationTree.edit')}
          onSubmit={async (body) => {
            await call(changeRealm, { params: { id: realm.id }, body });
            close();
            await done(t('allocationTree.saved'));
          }}
        />
      )}
    </FormDrawer>
  );
}
