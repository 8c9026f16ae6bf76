import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Tree, type TreeDataNode } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getUnit, listUnits, type Unit } from '#units/contract';
import { call } from '../../app/api.ts';
import { useUser } from '../../app/session.ts';
import { QueryView } from '../../ui/query-view.tsx';

interface UnitTreeProps {
  readonly selected: string | undefined;
  readonly onSelect: (unitId: string | undefined) => void;
}

/** Units below one in the tree that are fetched at a time; a county with more is narrowed by the list's search. */
const branchLimit = 500;

/** The organisation below the signed-in person's unit; a branch is fetched when it is opened. */
export function UnitTree({ selected, onSelect }: UnitTreeProps) {
  const { t } = useTranslation();
  const user = useUser();
  const roots = useQuery({
    queryKey: ['units', 'roots', user.unitId],
    queryFn: ({ signal }) => loadRoots(user.unitId, signal),
    // Only an import or a registration makes the tree old; a refetch folds it.
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <QueryView query={roots} rows={6}>
      {(units) => (
        <Branches
          // Fresh roots start a new tree: the opened branches belong to the old one.
          key={roots.dataUpdatedAt}
          roots={units}
          selected={selected}
          onSelect={onSelect}
          label={t('units.tree')}
        />
      )}
    </QueryView>
  );
}

async function loadRoots(unitId: string | null, signal: AbortSignal): Promise<Unit[]> {
  if (unitId !== null) return [await call(getUnit, { params: { id: unitId } }, { signal })];
  const reply = await call(listUnits, { query: { kind: 'city', pageSize: branchLimit } }, { signal });
  return reply.items;
}

function Branches({
  roots,
  selected,
  onSelect,
  label,
}: UnitTreeProps & { roots: readonly Unit[]; label: string }) {
  const client = useQueryClient();
  const [nodes, setNodes] = useState<TreeDataNode[]>(() => roots.map(nodeOf));

  async function open(parentId: string) {
    const reply = await client.fetchQuery({
      queryKey: ['units', 'branch', parentId],
      queryFn: ({ signal }) => call(listUnits, { query: { parentId, pageSize: branchLimit } }, { signal }),
    });
    setNodes((before) => withChildren(before, parentId, reply.items.map(nodeOf)));
  }

  return (
    <Tree
      aria-label={label}
      blockNode
      showLine
      defaultExpandedKeys={roots.map((unit) => unit.id)}
      treeData={nodes}
      selectedKeys={selected === undefined ? [] : [selected]}
      loadData={(node) => (node.children ? Promise.resolve() : open(String(node.key)))}
      onSelect={(keys) => onSelect(keys[0] === undefined ? undefined : String(keys[0]))}
    />
  );
}

function nodeOf(unit: Unit): TreeDataNode {
  return { key: unit.id, title: unit.name, isLeaf: unit.kind === 'school' };
}

function withChildren(nodes: TreeDataNode[], parent: string, children: TreeDataNode[]): TreeDataNode[] {
  return nodes.map((node) => {
    if (node.key === parent) return { ...node, children };
    return node.children ? { ...node, children: withChildren(node.children, parent, children) } : node;
  });
}
