import { Button, Space } from 'antd';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';

const china = '+08:00';
const utc = '+00:00';
const offsets = [
  '-08:00',
  '-07:00',
  '-06:00',
  '-05:00',
  '-04:00',
  '+01:00',
  '+02:00',
  '+03:00',
  '+05:30',
  '+07:00',
  '+09:00',
  '+10:00',
];

interface ZoneChoiceProps {
  readonly zone: string;
  readonly onChoose: (zone: string) => void;
}

/** Which zone the times of a letter have: the two usual ones in one click, the others in a list. */
export function ZoneChoice({ zone, onChoose }: ZoneChoiceProps) {
  const { t } = useTranslation();
  const id = useId();
  const choice = (value: string, label: string) => (
    <Button
      type={zone === value ? 'primary' : 'default'}
      aria-pressed={zone === value}
      onClick={() => onChoose(value)}
    >
      {label}
    </Button>
  );
  return (
    <fieldset className="jd-complaint__zone">
      <legend>{t('complaint.zone')}</legend>
      <Space wrap>
        {choice(china, t('complaint.zoneChina'))}
        {choice(utc, t('complaint.zoneUtc'))}
        <label htmlFor={id}>{t('complaint.zoneOther')}</label>
        <select
          id={id}
          className="jd-complaint__select"
          value={offsets.includes(zone) ? zone : ''}
          onChange={(event) => onChoose(event.target.value)}
        >
          <option value="">{t('complaint.zoneNone')}</option>
          {offsets.map((offset) => (
            <option key={offset} value={offset}>{`UTC${offset}`}</option>
          ))}
        </select>
      </Space>
    </fieldset>
  );
}
