import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Alert, Button, Input, Tree, type TreeDataNode } from 'antd';
import { useId, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getTree, type TreeUnit } from '#units/contract';
import { call } from '../../app/api.ts';
import { inBrackets } from '../../app/punctuation.ts';
import { QueryView } from '../../ui/query-view.tsx';

interface UnitTreeProps {
  readonly selected: string | undefined;
  readonly onSelect: (unitId: string | undefined) => void;
}

/** The organisation in scope, today or as it was on a chosen day. */
export function UnitTree({ selected, onSelect }: UnitTreeProps) {
  const { t } = useTranslation();
  const field = useId();
  const [day, setDay] = useState('');
  const query = useQuery({
    queryKey: ['units', 'tree', day, false],
    queryFn: ({ signal }) => call(getTree, { query: day === '' ? {} : { on: day } }, { signal }),
    staleTime: 60_000,
  });
  return (
    <>
      <div style={{ display: 'flex', gap: 8, alignItems: 'center', marginBottom: 12 }}>
        <label htmlFor={field} style={{ whiteSpace: 'nowrap' }}>
          {t('unitTree.asOf')}
        </label>
        <Input
          id={field}
          type="date"
          value={day === '' ? (query.data?.on ?? '') : day}
          onChange={(event) => setDay(event.target.value)}
        />
      </div>
      <QueryView query={query} rows={6}>
        {({ on, knownSince, planned, undated, items }) => (
          <>
            {day === '' ? null : (
              <Alert
                type="info"
                style={{ marginBottom: 12 }}
                title={t('unitTree.asOfHint', { day: on })}
                description={
                  <>
                    <p>
                      {knownSince !== null && on < knownSince
                        ? t('unitTree.knownSince', { day: knownSince })
                        : t('unitTree.unitsThen', { count: items.length })}
                    </p>
                    {undated > 0 ? <p>{t('unitTree.undated', { count: undated })}</p> : null}
                    {planned > 0 ? (
                      <p>
                        {t('unitTree.notYet', { count: planned })}{' '}
                        <Link
                          to="/unit-changes"
                          search={{ state: 'planned' }}
                          style={{ textDecoration: 'underline' }}
                        >
                          {t('unitTree.showPlanned')}
                        </Link>
                      </p>
                    ) : null}
                  </>
                }
                action={
                  <Button size="small" onClick={() => setDay('')}>
                    {t('unitTree.backToToday')}
                  </Button>
                }
              />
            )}
            <Branches
              // Another day is another tree: what was opened belongs to the old one.
              key={on}
              items={items}
              selected={selected}
              onSelect={onSelect}
            />
          </>
        )}
      </QueryView>
    </>
  );
}

function Branches({ items, selected, onSelect }: UnitTreeProps & { items: readonly TreeUnit[] }) {
  const { t } = useTranslation();
  const roots = useMemo(() => treeOf(items, t('unitTree.left')), [items, t]);
  return (
    <Tree
      aria-label={t('units.tree')}
      blockNode
      showLine
      height={560}
      defaultExpandedKeys={roots.map((node) => node.key)}
      treeData={roots}
      selectedKeys={selected === undefined ? [] : [selected]}
      onSelect={(keys) => onSelect(keys[0] === undefined ? undefined : String(keys[0]))}
    />
  );
}

/** Nodes below their parents; a unit whose parent lies outside the scope stands at the top. */
function treeOf(items: readonly TreeUnit[], left: string): TreeDataNode[] {
  const nodes = new Map<string, TreeDataNode & { children: TreeDataNode[] }>(
    items.map((unit) => [
      unit.id,
      {
        key: unit.id,
        title: unit.here ? unit.name : `${unit.name}${inBrackets(left)}`,
        disabled: !unit.here,
        isLeaf: unit.kind === 'school',
        children: [],
      },
    ]),
  );
  const roots: TreeDataNode[] = [];
  for (const unit of items) {
    const home = unit.parentId === null ? undefined : nodes.get(unit.parentId);
    (home?.children ?? roots).push(nodes.get(unit.id)!);
  }
  return roots;
}
