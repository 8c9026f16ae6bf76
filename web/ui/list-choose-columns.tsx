import { ProfileOutlined } from '@ant-design/icons';
import { Button, Checkbox, Popover } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ListColumn } from './list-page.tsx';

interface ChooseColumnsProps<Row> {
  readonly columns: readonly ListColumn<Row>[];
  readonly shown: readonly ListColumn<Row>[];
  readonly choose: (keys: readonly string[] | null) => Promise<void>;
}

/** Which columns the list shows; kept with the account, so it holds on every computer. */
export function ChooseColumns<Row>({ columns, shown, choose }: ChooseColumnsProps<Row>) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const first = columns[0]?.key;
  return (
    <Popover
      trigger="click"
      placement="bottomRight"
      open={isOpen}
      onOpenChange={setOpen}
      title={t('views.columnsTitle')}
      content={
        <div className="jd-views">
          <Checkbox.Group
            className="jd-views__columns"
            value={shown.map((column) => column.key)}
            options={columns.map((column) => ({
              value: column.key,
              label: column.title,
              disabled: column.key === first,
            }))}
            onChange={(keys) => void choose(keys as string[])}
          />
          <Button size="small" onClick={() => void choose(null)}>
            {t('views.columnsReset')}
          </Button>
        </div>
      }
    >
      <Button
        icon={<ProfileOutlined aria-hidden="true" />}
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        className="jd-list__wide"
      >
        {t('views.columns')}
      </Button>
    </Popover>
  );
}
