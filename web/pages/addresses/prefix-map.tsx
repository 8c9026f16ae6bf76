import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { getPrefixMap, type mapCell } from '#addresses/contract';
import { call } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { QueryView } from '../../ui/query-view.tsx';
import { cellAt } from './hilbert.ts';
import './addresses.css';

type Cell = z.infer<typeof mapCell>;

const perCent = (share: number) => `${Math.round(share * 1000) / 10}%`;

/** A prefix as a square of 256 cells; what is allocated can be chosen by mouse and by keyboard. */
export function PrefixMap({ id, onOpen }: { id: string; onOpen: (id: string) => void }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['allocations', 'map', id],
    queryFn: ({ signal }) => call(getPrefixMap, { params: { id } }, { signal }),
  });
  return (
    <QueryView query={query} rows={4}>
      {(map) => (
        <figure className="jd-prefix-map">
          <figcaption className="jd-faint">
            {t('allocationTree.mapOf', { cidr: map.cidr, length: map.cellLength })}
            <br />
            {t('allocationTree.mapHint')}
          </figcaption>
          <svg viewBox="0 0 160 160">
            <title>{t('allocationTree.mapOf', { cidr: map.cidr, length: map.cellLength })}</title>
            <rect className="jd-map-free" width="160" height="160" />
            {map.cells.map((cell) => (
              <MapPart key={cell.cidr} cell={cell} onOpen={onOpen} />
            ))}
          </svg>
        </figure>
      )}
    </QueryView>
  );
}

function MapPart({ cell, onOpen }: { cell: Cell; onOpen: (id: string) => void }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const { id, cidr, count, taken, unitName, state } = cell;
  const label =
    id === null
      ? t('allocationTree.mapSeveral', { cidr, count, share: perCent(taken) })
      : t('allocationTree.mapOne', {
          cidr,
          unit: unitName ?? '',
          state: words('prefixState', state ?? 'used'),
        });
  const squares = Array.from({ length: cell.span }, (_, n) => cellAt(cell.at + n));
  const shapes = (
    <>
      <title>{label}</title>
      {squares.map(({ x, y }) => (
        <rect
          key={`${x} ${y}`}
          x={x * 10}
          y={y * 10}
          width="10"
          height="10"
          fillOpacity={cell.span > 1 ? 1 : 0.35 + 0.65 * taken}
        />
      ))}
    </>
  );
  if (id === null) {
    return <g className="jd-map-used">{shapes}</g>;
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: SVG knows no button
    <g
      className={state === 'reserved' ? 'jd-map-reserved' : 'jd-map-used'}
      role="button"
      tabIndex={0}
      aria-label={label}
      onClick={() => onOpen(id)}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        onOpen(id);
      }}
    >
      {shapes}
    </g>
  );
}
