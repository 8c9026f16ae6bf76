import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
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
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { AddPrefix, PrefixActs } from './prefix-acts.tsx';
import { PrefixMap } from './prefix-map.tsx';

/** The prefixes within one, with its map; without one the topmost. */
export function PrefixTree({ importer }: { importer: ReactNode }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const navigate = useNavigate();
  const [state] = useListState();
  const { parentId, within } = state.filters;
  const prefix = usePrefix(parentId);
  // Each step down is one that the browser's back button goes up again.
  const enter = (id: string | undefined, part?: string) =>
    void navigate({ to: '.', search: { parentId: id, within: part } as never });
  const columns = usePrefixColumns(enter);
  const isPlain = state.q === '' && Object.keys(state.filters).length === 1;
  const isLeaf = prefix.data?.id === parentId && prefix.data?.children === 0 && isPlain;
  return (
    <>
      {parentId ? <PrefixHead id={parentId} within={within} onOpen={enter} /> : null}
      {isLeaf ? (
        <Panel>
          <EmptyState
            title={t('allocationTree.leaf')}
            hint={t('allocationTree.leafHint')}
            action={<AddPrefix within={prefix.data} />}
          />
        </Panel>
      ) : (
        <ListPage
          name="allocations"
          label={t('allocations.title')}
          search={t('allocations.search')}
          source={listSource(listPrefixes, ['role', 'parentId', 'within'])}
          rowKey={(row) => row.id}
          onOpen={(row) => enter(row.id)}
          tools={<AddPrefix {...(prefix.data && { within: prefix.data })} />}
          filters={[
            {
              key: 'role',
              label: t('allocations.role'),
              options: optionsOf(words, 'allocationRole', allocationRole.options),
            },
          ]}
          columns={columns}
          empty={
            <EmptyState title={t('allocations.empty')} hint={t('allocations.emptyHint')} action={importer} />
          }
        />
      )}
    </>
  );
}

function usePrefix(id: string | undefined) {
  return useQuery({
    queryKey: ['allocations', 'prefix', id],
    queryFn: ({ signal }) => call(getPrefix, { params: { id: id! } }, { signal }),
    enabled: id !== undefined,
  });
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

interface PrefixHeadProps {
  readonly id: string;
  /** The part of it that is shown; undefined: all. */
  readonly within: string | undefined;
  readonly onOpen: (id: string | undefined, part?: string) => void;
}

function PrefixHead({ id, within, onOpen }: PrefixHeadProps) {
  const { t } = useTranslation();
  const query = usePrefix(id);
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
              ...(within ? [link(prefix.cidr, id), { title: within }] : [{ title: prefix.cidr }]),
            ]}
          />
          <Flex wrap gap="small" align="center" style={{ margin: '8px 0' }}>
            <strong className="jd-mono">{prefix.cidr}</strong>
            <span>{prefix.unitName}</span>
            <span className="jd-faint">
              {prefix.hosts === null
                ? t('allocationTree.usedSome', { devices: prefix.devices })
                : t('allocationTree.usedOf', { devices: prefix.devices, hosts: prefix.hosts })}
            </span>
            <PrefixActs prefix={prefix} onGone={() => onOpen(prefix.parentId ?? undefined)} />
          </Flex>
          <PrefixMap id={id} within={within} onOpen={onOpen} onZoom={(part) => onOpen(id, part)} />
        </>
      )}
    </QueryView>
  );
}
