import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import type { ListColumn } from './list-page.tsx';
import { Facts } from './panel.tsx';

interface ListCardsProps<Row> {
  readonly columns: readonly ListColumn<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  /** One line of values under the heading, instead of a list of facts. */
  readonly isDense?: boolean;
  readonly onOpen?: (row: Row) => void;
}

/** The rows as cards, for a phone: the title column as heading, the others as facts. */
export function ListCards<Row>({ columns, rows, rowKey, isDense = false, onOpen }: ListCardsProps<Row>) {
  const { t } = useTranslation();
  const title = columns.find((column) => column.card === 'title') ?? columns[0];
  const rest = columns.filter((column) => column !== title && column.card !== 'hidden');
  return (
    <ul className={isDense ? 'jd-list__cards jd-dense' : 'jd-list__cards'}>
      {rows.map((row) => (
        <li key={rowKey(row)} className="jd-list__card">
          <div className="jd-list__card-title">
            <span>{title?.render(row)}</span>
            {onOpen ? (
              <Button size="small" onClick={() => onOpen(row)}>
                {t('action.open')}
              </Button>
            ) : null}
          </div>
          {isDense ? (
            <div className="jd-list__line">
              {rest.map((column) => (
                <span key={column.key} title={column.title}>
                  {column.render(row)}
                </span>
              ))}
            </div>
          ) : (
            <Facts small items={rest.map((column) => [column.title, column.render(row)] as const)} />
          )}
        </li>
      ))}
    </ul>
  );
}
