import { useTranslation } from 'react-i18next';

const [width, height] = [84, 24];

/** Shares of a hundred over time as a small line; a missing one breaks it. The figures are its text. */
export function Trend({ values }: { values: readonly (number | null)[] }) {
  const { t } = useTranslation();
  const told = values.map((value) => (value === null ? '—' : Math.round(value))).join('、');
  const step = values.length > 1 ? (width - 6) / (values.length - 1) : 0;
  const dots = values.map((value, place) =>
    value === null ? null : { x: 3 + place * step, y: 3 + (1 - value / 100) * (height - 6) },
  );
  return (
    <svg
      width={width}
      height={height}
      role="img"
      aria-label={t('traceDrills.trendText', { values: told })}
      style={{ color: 'var(--jd-brand)', overflow: 'visible' }}
    >
      {dots.map((dot, place) => {
        const next = dots[place + 1];
        if (!dot) return null;
        return (
          // A drill of the past does not change its place.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          <g key={place}>
            {next ? (
              <line x1={dot.x} y1={dot.y} x2={next.x} y2={next.y} stroke="currentColor" strokeWidth={1.5} />
            ) : null}
            <circle cx={dot.x} cy={dot.y} r={2} fill="currentColor" />
          </g>
        );
      })}
    </svg>
  );
}
