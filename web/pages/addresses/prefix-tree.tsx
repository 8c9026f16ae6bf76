import { useQuery } from '@tanstack/react-query';
import { Breadcrumb, Button, Flex, Progress } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { allocationRole, getPrefix, listPrefixes, type Prefix } from '#addresses/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { listSource } from '../../app/list-source.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { type ListColumn, ListPage } from '../../ui/list-page.tsx';
import { useListState } from '../../ui/list-state.ts';
import { QueryView } from '../../ui/query-view.tsx';
import { AddPrefix, PrefixActs } from './prefix-acts.tsx';
import { PrefixMap } from './prefix-map.tsx';

/** The prefixes within one, with its map; without one the topmost. */
export function PrefixTree({ importer }: { importer: ReactNode }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const [state, change] = useListState();
  const parentId = state.filters.parentId;
  const enter = (id: string | undefined) =>
    change({ q: '', filters: id === undefined ? {} : { parentId: id } });
  return (
    <>
      {parentId ? <PrefixHead id={parentId} onOpen={enter} /> : null}
      <ListPage
        name="allocations"
        label={t('allocations.title')}
        search={t('allocations.search')}
        source={listSource(listPrefixes, ['role', 'parentId'])}
        rowKey={(row) => row.id}
        onOpen={(row) => enter(row.id)}
        tools={<AddPrefix />}
        filters={[
          {
            key: 'role',
            label: t('allocations.role'),
            options: optionsOf(words, 'allocationRole', allocationRole.options),
          },
        ]}
        columns={usePrefixColumns(enter)}
        empty={
          <EmptyState title={t('allocations.empty')} hint={t('allocations.emptyHint')} action={importer} />
        }
      />
    </>
  );
}

function usePrefixColumns(enter: (id: string) => void): ListColumn<Prefix>[] {
  const { t } = useTranslation();
  const words = useEnumWords();
  return [
    {
      key: 'cidr',
      title: t('allocations.cidr'),
      card: 'title',
      render: (row) => (
        <Button
          type="link"
          className="jd-mono"
          style={{ padding: 0 }}
          onClick={(event) => {
            event.stopPropagation();
            enter(row.id);
          }}
        >
          {row.cidr}
        </Button>
      ),
    },
    { key: 'unit', field: 'unitName', title: t('allocations.unit'), render: (row) => row.unitName },
    {
      key: 'role',
      coded: 'allocationRole',
      title: t('allocations.role'),
      render: (row) => words('allocationRole', row.role),
    },
    {
      key: 'state',
      coded: 'prefixState',
      title: t('allocationTree.state'),
      render: (row) => <EnumTag name="prefixState" value={row.state} />,
    },
    { key: 'realm', title: t('allocations.realm'), extra: true, render: (row) => row.realm },
    {
      key: 'taken',
      title: t('allocationTree.share'),
      width: 150,
      render: (row) => <Share of={row} />,
    },
    {
      key: 'devices',
      title: t('allocationTree.used'),
      render: (row) => <span className="jd-num">{row.devices}</span>,
    },
    { key: 'note', title: t('allocations.note'), render: (row) => row.note },
  ];
}

function Share({ of: row }: { of: Prefix }) {
  const { t } = useTranslation();
  if (row.children === 0 && row.hosts === null) return '—';
  const share = row.children > 0 ? row.taken : row.devices / Math.max(1, row.hosts ?? 1);
  const text = row.children > 0 ? t('allocationTree.share') : t('allocationTree.used');
  return (
    <Progress
      percent={Math.round(share * 1000) / 10}
      size="small"
      aria-label={`${row.cidr} ${text}`}
      status="normal"
    />
  );
}

function PrefixHead({ id, onOpen }: { id: string; onOpen: (id: string | undefined) => void }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['allocations', 'prefix', id],
    queryFn: ({ signal }) => call(getPrefix, { params: { id } }, { signal }),
  });
  const link = (label: string, to: string | undefined) => ({
    title: (
      <Button type="link" size="small" onClick={() => onOpen(to)}>
        {label}
      </Button>
    ),
  });
  return (
    <QueryView query={query} rows={4}>
      {(prefix) => (
        <>
          <Breadcrumb
            items={[
              link(t('allocationTree.top'), undefined),
              ...prefix.around.map((one) => link(one.cidr, one.id)),
              { title: prefix.cidr },
            ]}
          />
          <Flex wrap gap="small" align="center" style={{ margin: '8px 0' }}>
            <strong className="jd-mono">{prefix.cidr}</strong>
            <span>{prefix.unitName}</span>
            <span className="jd-faint">
              {prefix.hosts === null
                ? prefix.devices
                : t('allocationTree.usedOf', { devices: prefix.devices, hosts: prefix.hosts })}
            </span>
            <PrefixActs prefix={prefix} onGone={() => onOpen(prefix.parentId ?? undefined)} />
          </Flex>
          <PrefixMap id={id} onOpen={onOpen} />
        </>
      )}
    </QueryView>
  );
}
