import { PlusOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { App, Space } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { importUnits, listUnits, registerUnit, unitKind, unitSheet } from '#units/contract';
import { call } from '../../app/api.ts';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { ImportButton } from '../../app/import-button.tsx';
import { toListQuery } from '../../app/list-query.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { useListState } from '../../ui/list-state.ts';
import { drawerWidth, useNarrowerThan } from '../../ui/narrow.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Panel } from '../../ui/panel.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { UnitTree } from './unit-tree.tsx';

/** The organisation as a tree, and the units below the chosen one as a list. */
export function UnitsPage() {
  const { t } = useTranslation();
  const can = useCan();
  const isNarrow = useNarrowerThan(drawerWidth);
  const [state, change] = useListState();
  const actions = can('units.write') ? (
    <Space wrap>
      <ImportButton target={importUnits} spec={unitSheet} touches={['units']} />
      <RegisterUnit />
    </Space>
  ) : null;
  return (
    <>
      <PageHeader title={t('units.title')} description={t('units.hint')} actions={actions} />
      <div
        style={
          isNarrow
            ? {}
            : { display: 'grid', gridTemplateColumns: '280px minmax(0, 1fr)', gap: 16, alignItems: 'start' }
        }
      >
        <Panel title={t('units.tree')}>
          <UnitTree
            selected={state.filters.parentId}
            onSelect={(parentId) => change({ filters: { ...state.filters, parentId: parentId ?? '' } })}
          />
        </Panel>
        <UnitList
          empty={<EmptyState title={t('units.empty')} hint={t('units.emptyHint')} action={actions} />}
        />
      </div>
    </>
  );
}

function UnitList({ empty }: { empty: ReactNode }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  return (
    <ListPage
      name="units"
      label={t('units.list')}
      search={t('units.search')}
      load={async (state, signal) => {
        const reply = await call(listUnits, { query: toListQuery(state, ['kind', 'parentId']) }, { signal });
        return { rows: reply.items, total: reply.total };
      }}
      rowKey={(row) => row.id}
      filters={[
        { key: 'kind', label: t('units.kind'), options: optionsOf(words, 'unitKind', unitKind.options) },
      ]}
      columns={[
        {
          key: 'name',
          title: t('units.name'),
          card: 'title',
          render: (row) => row.name,
          text: (row) => row.name,
        },
        {
          key: 'code',
          title: t('units.code'),
          render: (row) => <span className="jd-mono">{row.code}</span>,
          text: (row) => row.code,
        },
        {
          key: 'kind',
          title: t('units.kind'),
          render: (row) => words('unitKind', row.kind),
          text: (row) => words('unitKind', row.kind),
        },
        {
          key: 'parent',
          title: t('units.parent'),
          render: (row) => row.parentName ?? '—',
          text: (row) => row.parentName,
        },
        {
          key: 'uscc',
          title: t('units.uscc'),
          card: 'hidden',
          render: (row) => <span className="jd-mono">{row.uscc ?? '—'}</span>,
          text: (row) => row.uscc,
        },
        {
          key: 'phone',
          title: t('units.phone'),
          render: (row) => row.phone ?? '—',
          text: (row) => row.phone,
        },
      ]}
      empty={empty}
    />
  );
}

function RegisterUnit() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const client = useQueryClient();
  const { message } = App.useApp();
  return (
    <FormDrawer label={t('units.register')} icon={<PlusOutlined aria-hidden="true" />} type="primary">
      {(close) => (
        <SchemaForm
          schema={registerUnit.body!}
          fields={{
            name: { label: t('units.name'), autoFocus: true },
            code: { label: t('units.code'), help: t('units.codeHelp') },
            kind: { label: t('units.kind'), options: optionsOf(words, 'unitKind', unitKind.options) },
            parentCode: { label: t('units.parentCode') },
            uscc: { label: t('units.uscc') },
            schoolCode: { label: t('units.schoolCode') },
            address: { label: t('units.address') },
            phone: { label: t('units.phone') },
          }}
          submitLabel={t('units.register')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(registerUnit, { body });
            await client.invalidateQueries({ queryKey: ['units'] });
            void message.success(t('units.registered'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}
