import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { allocationSheet, importAllocations } from '#addresses/contract';
import { ImportButton } from '../../app/import-button.tsx';
import { useCan } from '../../app/session.ts';
import { useListState } from '../../ui/list-state.ts';
import { phoneWidth, useNarrowerThan } from '../../ui/narrow.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { ExitChecks } from './exit-checks.tsx';
import { NatRules } from './nat-rules.tsx';
import { PrefixRequests } from './prefix-requests.tsx';
import { PrefixTree } from './prefix-tree.tsx';
import { RealmList } from './realm-list.tsx';

/** Who holds which addresses: the tree of prefixes, requests, exits, realms and port blocks. */
export function AllocationsPage() {
  const { t } = useTranslation();
  const can = useCan();
  const [state, change] = useListState();
  const isPhone = useNarrowerThan(phoneWidth);
  const importer = can('addresses.write') ? (
    <ImportButton target={importAllocations} spec={allocationSheet} touches={['allocations', 'devices']} />
  ) : null;
  const tabs = [
    { key: 'tree', label: t('allocationTree.tree'), show: <PrefixTree importer={importer} /> },
    { key: 'requests', label: t('allocationTree.requests'), show: <PrefixRequests /> },
    { key: 'exits', label: t('allocationTree.exits'), show: <ExitChecks /> },
    { key: 'realms', label: t('allocationTree.realms'), show: <RealmList /> },
    { key: 'nat', label: t('allocationTree.nat'), show: <NatRules /> },
  ];
  const open = tabs.find((tab) => tab.key === state.tab) ?? tabs[0]!;
  return (
    <>
      <PageHeader title={t('allocations.title')} description={t('allocations.hint')} actions={importer} />
      <Tabs
        // All of them fit a phone: what does not would hide behind a button within the list, which readers stumble over.
        tabBarGutter={isPhone ? 12 : 32}
        activeKey={open.key}
        onChange={(tab) => change({ q: '', sort: '', filters: {}, tab: tab === 'tree' ? '' : tab })}
        items={tabs.map(({ key, label }) => ({ key, label }))}
      />
      {open.show}
    </>
  );
}
