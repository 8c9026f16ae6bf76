import type { ReactNode } from 'react';

interface PanelProps {
  readonly title?: ReactNode;
  readonly extra?: ReactNode;
  readonly children: ReactNode;
  /** No inner padding: for tables and lists that reach the edge. */
  readonly flush?: boolean;
  readonly danger?: boolean;
}

/** A titled white area of a page. */
export function Panel({ title, extra, children, flush = false, danger = false }: PanelProps) {
  const className = ['jd-panel', flush ? 'jd-panel--flush' : '', danger ? 'jd-panel--danger' : '']
    .filter(Boolean)
    .join(' ');
  return (
    <section className={className}>
      {title || extra ? (
        <div className="jd-panel__head">
          {title ? <h2>{title}</h2> : <span />}
          {extra}
        </div>
      ) : null}
      {children}
    </section>
  );
}

/** A titled list of facts: name left, value right. Facts that are null or undefined are left out. */
export function Facts({
  items,
  small = false,
}: {
  items: readonly (readonly [string, ReactNode])[];
  small?: boolean;
}) {
  return (
    <dl className={small ? 'jd-facts jd-facts--small' : 'jd-facts'}>
      {items
        .filter(([, value]) => value !== null && value !== undefined && value !== '')
        .map(([name, value]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
