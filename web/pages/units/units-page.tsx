import { PlusOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { App, Space } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import {
  importUnits,
  listUnits,
  ownership,
  registerUnit,
  schoolType,
  unitKind,
  unitSheet,
  unitState,
} from '#units/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { ImportButton } from '../../app/import-button.tsx';
import { listSource } from '../../app/list-source.ts';
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
  const actions = (
    <Space wrap>
      <Link to="/unit-changes">{t('unitTree.changesTitle')}</Link>
      {can('units.write') ? (
        <>
          <ImportButton target={importUnits} spec={unitSheet} touches={['units']} />
          <RegisterUnit />
        </>
      ) : null}
    </Space>
  );
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
  const navigate = useNavigate();
  return (
    <ListPage
      name="units"
      label={t('units.list')}
      search={t('units.search')}
      source={listSource(listUnits, ['kind', 'parentId', 'state'])}
      rowKey={(row) => row.id}
      onOpen={(row) => void navigate({ to: '/units/$id', params: { id: row.id } })}
      filters={[
        { key: 'kind', label: t('units.kind'), options: optionsOf(words, 'unitKind', unitKind.options) },
        {
          key: 'state',
          label: t('unitTree.state'),
          options: optionsOf(words, 'unitState', unitState.options),
        },
      ]}
      columns={[
        {
          key: 'name',
          title: t('units.name'),
          sort: 'name',
          card: 'title',
          render: (row) => (
            <Link to="/units/$id" params={{ id: row.id }}>
              {row.name}
            </Link>
          ),
        },
        {
          key: 'code',
          title: t('units.code'),
          sort: 'code',
          render: (row) => <span className="jd-mono">{row.code}</span>,
        },
        {
          key: 'kind',
          title: t('units.kind'),
          sort: 'kind',
          coded: 'unitKind',
          render: (row) => words('unitKind', row.kind),
        },
        {
          key: 'state',
          title: t('unitTree.state'),
          coded: 'unitState',
          extra: true,
          render: (row) => <EnumTag name="unitState" value={row.state} />,
        },
        { key: 'parentName', title: t('units.parent'), render: (row) => row.parentName ?? '—' },
        {
          key: 'schoolType',
          title: t('unitTree.schoolType'),
          coded: 'schoolType',
          extra: true,
          render: (row) => words('schoolType', row.schoolType),
        },
        {
          key: 'ownership',
          title: t('unitTree.ownership'),
          coded: 'ownership',
          extra: true,
          render: (row) => words('ownership', row.ownership),
        },
        {
          key: 'uscc',
          title: t('units.uscc'),
          card: 'hidden',
          render: (row) => (
            <>
              <span className="jd-mono">{row.uscc ?? '—'}</span>
              {row.usccApproved ? <div className="jd-faint">{t('unitTree.approvedCode')}</div> : null}
            </>
          ),
        },
        { key: 'address', title: t('units.address'), extra: true, render: (row) => row.address ?? '—' },
        { key: 'phone', title: t('units.phone'), render: (row) => row.phone ?? '—' },
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
            parentCode: { label: t('units.parent'), widget: 'unit', gives: 'code' },
            shortName: { label: t('unitTree.shortName') },
            uscc: { label: t('units.uscc') },
            schoolCode: { label: t('units.schoolCode') },
            schoolType: {
              label: t('unitTree.schoolType'),
              options: optionsOf(words, 'schoolType', schoolType.options),
            },
            ownership: {
              label: t('unitTree.ownership'),
              options: optionsOf(words, 'ownership', ownership.options),
            },
            sinceOn: { label: t('unitTree.sinceOn'), help: t('unitTree.sinceOnHelp') },
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
