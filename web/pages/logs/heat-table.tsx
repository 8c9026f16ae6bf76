import { useTranslation } from 'react-i18next';
import { type LedgerState, ledgerState } from '#logs/contract';
import { useEnumWords } from '../../app/enum-words.ts';
import './heat-table.css';

/** A mark beside the colour: the state never rests on colour alone. */
const marks: Record<LedgerState, string> = {
  lost: '×',
  gap: '!',
  silent: '–',
  answered: '≈',
  unread: '?',
  ok: '✓',
  heard: '+',
  none: '·',
};

export interface HeatCell {
  readonly key: string;
  readonly state: LedgerState;
  /** What a screen reader says and the pointer shows. */
  readonly words: string;
}

export interface HeatRow {
  readonly key: string;
  readonly head: React.ReactNode;
  readonly cells: readonly HeatCell[];
}

interface HeatTableProps {
  readonly label: string;
  readonly corner: string;
  readonly heads: readonly { readonly key: string; readonly text: string; readonly words: string }[];
  readonly rows: readonly HeatRow[];
}

/** States over time as a table: rows are sources or days, columns days or hours. It scrolls sideways on a phone. */
export function HeatTable({ label, corner, heads, rows }: HeatTableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by the keyboard
    <section className="jd-heat" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{corner}</th>
            {heads.map(({ key, text, words }) => (
              <th key={key} scope="col">
                <span aria-hidden="true">{text}</span>
                <span className="jd-visually-hidden">{words}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              <th scope="row">{row.head}</th>
              {row.cells.map((cell) => (
                <td key={cell.key} className={`jd-heat__cell jd-heat--${cell.state}`} title={cell.words}>
                  <span aria-hidden="true">{marks[cell.state]}</span>
                  <span className="jd-visually-hidden">{cell.words}</span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** What the marks mean. */
export function HeatLegend() {
  const { t } = useTranslation();
  const words = useEnumWords();
  return (
    <ul className="jd-heat__legend" aria-label={t('logLedger.legend')}>
      {ledgerState.options.map((state) => (
        <li key={state}>
          <span className={`jd-heat__cell jd-heat--${state}`} aria-hidden="true">
            {marks[state]}
          </span>{' '}
          {words('ledgerState', state)}
        </li>
      ))}
    </ul>
  );
}
