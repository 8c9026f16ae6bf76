import { ProfileOutlined } from '@ant-design/icons';
import { Button, Checkbox } from 'antd';
import { useTranslation } from 'react-i18next';
import type { ListColumn } from './list-page.tsx';
import { Popup } from './popup.tsx';

interface ChooseColumnsProps<Row> {
  readonly columns: readonly ListColumn<Row>[];
  readonly shown: readonly ListColumn<Row>[];
  /** Not yet given: nothing can be chosen. */
  readonly choose: ((keys: readonly string[] | null) => Promise<void>) | undefined;
  readonly isDense: boolean;
  readonly setDense: ((isDense: boolean) => Promise<void>) | undefined;
}

/** Which columns the list shows, and how close its rows stand; kept with the account, so it holds on every computer. */
export function ChooseColumns<Row>({ columns, shown, choose, isDense, setDense }: ChooseColumnsProps<Row>) {
  const { t } = useTranslation();
  const first = columns[0]?.key;
  return (
    <Popup
      label={t('views.columns')}
      title={t('views.columnsTitle')}
      icon={<ProfileOutlined aria-hidden="true" />}
    >
      {() => (
        <div className="jd-views">
          <Checkbox.Group
            className="jd-views__columns"
            value={shown.map((column) => column.key)}
            options={columns.map((column) => ({
              value: column.key,
              label: column.title,
              disabled: column.key === first || !choose,
            }))}
            onChange={(keys) => void choose?.(keys as string[])}
          />
          <Checkbox
            style={{ marginBottom: 8 }}
            checked={isDense}
            disabled={!setDense}
            onChange={(event) => void setDense?.(event.target.checked)}
          >
            {t('views.dense')}
          </Checkbox>
          <Button size="small" disabled={!choose} onClick={() => void choose?.(null)}>
            {t('views.columnsReset')}
          </Button>
        </div>
      )}
    </Popup>
  );
}
