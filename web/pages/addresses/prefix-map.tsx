import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useState } from 'react';
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

interface PrefixMapProps {
  readonly id: string;
  /** A part of the prefix; undefined: all of it. */
  readonly within: string | undefined;
  readonly onOpen: (id: string) => void;
  /** Several prefixes stand in one cell: the part is shown larger. */
  readonly onZoom: (cidr: string) => void;
}

/** A prefix as a square of 256 cells, chosen by mouse, finger and arrow keys. */
export function PrefixMap({ id, within, onOpen, onZoom }: PrefixMapProps) {
  const query = useQuery({
    queryKey: ['allocations', 'map', id, within],
    queryFn: ({ signal }) =>
      call(getPrefixMap, { params: { id }, query: { ...(within && { within }) } }, { signal }),
  });
  const navigate = useNavigate();
  function choose(cell: Cell) {
    if (cell.id !== null) onOpen(cell.id);
    else if (cell.devices > 0)
      void navigate({ to: '/devices', search: { q: cell.cidr.split('/')[0]! } as never });
    else onZoom(cell.cidr);
  }
  return (
    <QueryView query={query} rows={4}>
      {(map) => <MapFigure key={map.cidr} {...map} onChoose={choose} />}
    </QueryView>
  );
}

interface MapFigureProps {
  readonly cidr: string;
  readonly cellLength: number;
  readonly cells: readonly Cell[];
  readonly onChoose: (cell: Cell) => void;
}

function MapFigure({ cidr, cellLength, cells, onChoose }: MapFigureProps) {
  const { t } = useTranslation();
  const tell = useCellWords();
  /** The one cell that Tab reaches; arrows move it in the order of addresses. */
  const [current, setCurrent] = useState(0);
  const title = t('allocationTree.mapOf', { cidr, length: cellLength });
  const shown = cells[current];
  function move(event: KeyboardEvent<SVGSVGElement>) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const place = { Home: 0, End: cells.length - 1 }[event.key] ?? (step && current + step);
    if (place === undefined || !cells[place]) return;
    event.preventDefault();
    setCurrent(place);
    event.currentTarget.querySelector<SVGGElement>(`[data-cell="${place}"]`)?.focus();
  }
  return (
    <figure className="jd-prefix-map">
      <figcaption className="jd-faint">
        {title}
        <br />
        {t('allocationTree.mapHint')}
      </figcaption>
      <svg viewBox="0 0 160 160" onKeyDown={move}>
        <title>{title}</title>
        <rect className="jd-map-free" width="160" height="160" />
        {cells.map((cell, place) => (
          <MapPart
            key={cell.cidr}
            cell={cell}
            place={place}
            isCurrent={place === current}
            onLook={() => setCurrent(place)}
            onChoose={() => onChoose(cell)}
          />
        ))}
      </svg>
      <p className="jd-map-told" aria-live="polite">
        {shown === undefined ? t('allocationTree.mapEmpty') : tell(shown)}
      </p>
      <ul className="jd-map-legend">
        {(['used', 'reserved', 'devices', 'free'] as const).map((kind) => (
          <li key={kind}>
            <span className={`jd-map-sign jd-map-${kind}`} aria-hidden="true" />
            {t(legendWords[kind])}
          </li>
        ))}
      </ul>
    </figure>
  );
}

const legendWords = {
  used: 'allocationTree.legendUsed',
  reserved: 'allocationTree.legendReserved',
  devices: 'allocationTree.legendDevices',
  free: 'allocationTree.mapFree',
} as const;

function useCellWords(): (cell: Cell) => string {
  const { t } = useTranslation();
  const words = useEnumWords();
  return ({ id, cidr, count, taken, unitName, state, devices }) => {
    if (id !== null)
      return t('allocationTree.mapOne', {
        cidr,
        unit: unitName ?? '',
        state: words('prefixState', state ?? 'used'),
      });
    return devices > 0
      ? t('allocationTree.mapDevices', { cidr: cidr.replace(/\/(?:32|128)$/, ''), count: devices })
      : t('allocationTree.mapSeveral', { cidr, count, share: perCent(taken) });
  };
}

interface MapPartProps {
  readonly cell: Cell;
  readonly place: number;
  readonly isCurrent: boolean;
  readonly onLook: () => void;
  readonly onChoose: () => void;
}

function MapPart({ cell, place, isCurrent, onLook, onChoose }: MapPartProps) {
  const label = useCellWords()(cell);
  const kind = cell.devices > 0 ? 'devices' : cell.state === 'reserved' ? 'reserved' : 'used';
  const squares = Array.from({ length: cell.span }, (_, n) => cellAt(cell.at + n));
  return (
    // biome-ignore lint/a11y/useSemanticElements: SVG knows no button
    <g
      className={`jd-map-part jd-map-${kind}`}
      role="button"
      tabIndex={isCurrent ? 0 : -1}
      data-cell={place}
      aria-label={label}
      onClick={onChoose}
      onFocus={onLook}
      onPointerEnter={onLook}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        onChoose();
      }}
    >
      <title>{label}</title>
      {squares.map(({ x, y }) => (
        <rect
          key={`${x} ${y}`}
          x={x * 10}
          y={y * 10}
          width="10"
          height="10"
          fillOpacity={cell.id !== null && cell.span > 1 ? 1 : 0.35 + 0.65 * cell.taken}
        />
      ))}
    </g>
  );
}
