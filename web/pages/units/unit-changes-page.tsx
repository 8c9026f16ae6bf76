import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import {
  cancelUnitChange,
  listUnitChanges,
  type UnitChange,
  unitChangeKind,
  unitChangeState,
} from '#units/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { listSource } from '../../app/list-source.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { UsccApprovals } from './uscc-approvals.tsx';

/** Changes of the tree, made and planned, and the credit codes that wait for a second person. */
export function UnitChangesPage() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const can = useCan();
  return (
    <>
      <PageHeader
        title={t('unitTree.changesTitle')}
        description={t('unitTree.changesHint')}
        back={{ to: '/units', label: t('units.title') }}
      />
      <UsccApprovals />
      <ListPage
        name="units-changes"
        label={t('unitTree.changes')}
        search={t('unitTree.changesSearch')}
        source={listSource(listUnitChanges, ['state', 'kind'])}
        rowKey={(row) => row.id}
        filters={[
          {
            key: 'state',
            label: t('unitTree.state'),
            options: optionsOf(words, 'unitChangeState', unitChangeState.options),
          },
          {
            key: 'kind',
            label: t('unitTree.kind'),
            options: optionsOf(words, 'unitChangeKind', unitChangeKind.options),
          },
        ]}
        columns={[
          {
            key: 'unitName',
            title: t('unitTree.unit'),
            card: 'title',
            render: (row) => (
              <Link to="/units/$id" params={{ id: row.unitId }}>
                {row.unitName}
              </Link>
            ),
          },
          {
            key: 'kind',
            title: t('unitTree.kind'),
            coded: 'unitChangeKind',
            render: (row) => words('unitChangeKind', row.kind),
          },
          { key: 'detail', title: t('unitTree.detail'), render: (row) => row.detail || '—' },
          {
            key: 'state',
            title: t('unitTree.state'),
            coded: 'unitChangeState',
            render: (row) => (
              <>
                <EnumTag name="unitChangeState" value={row.state} />
                {row.error ? <div className="jd-soft">{row.error}</div> : null}
              </>
            ),
          },
          {
            key: 'effectiveOn',
            title: t('unitTree.effectiveOn'),
            render: (row) => <span className="jd-num">{row.effectiveOn}</span>,
          },
          { key: 'docNo', title: t('unitTree.docNo'), render: (row) => row.docNo },
          { key: 'reason', title: t('unitTree.reason'), render: (row) => row.reason },
          { key: 'byName', title: t('unitTree.by'), render: (row) => row.byName },
          {
            key: 'cancel',
            title: '',
            render: (row) =>
              row.state === 'planned' && can('units.reorganise') ? <CancelChange change={row} /> : null,
          },
        ]}
        empty={<EmptyState title={t('unitTree.changesEmpty')} hint={t('unitTree.changesEmptyHint')} />}
      />
    </>
  );
}

function CancelChange({ change }: { change: UnitChange }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  return (
    <FormDrawer label={t('unitTree.cancel')} size="small" danger>
      {(close) => (
        <SchemaForm
          schema={cancelUnitChange.body!}
          fields={{ reason: { label: t('unitTree.reason'), widget: 'textarea', autoFocus: true } }}
          submitLabel={t('unitTree.cancel')}
          danger
          onCancel={close}
          onSubmit={async (body) => {
            await call(cancelUnitChange, { params: { id: change.id }, body });
            await client.invalidateQueries({ queryKey: ['units-changes'] });
            void message.success(t('unitTree.cancelled'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}
