import { Typography } from 'antd';
import { useTranslation } from 'react-i18next';

/** A hash shortened to what a person compares (first 8, last 6), whole in its title, copied whole. */
export function HashText({ hash, full = false }: { hash: string; full?: boolean }) {
  const { t } = useTranslation();
  const short = full || hash.length <= 18 ? hash : `${hash.slice(0, 8)}…${hash.slice(-6)}`;
  return (
    <Typography.Text
      className="jd-mono jd-break"
      copyable={{ text: hash, tooltips: [t('action.copy'), t('action.copied')] }}
      title={hash}
    >
      {short}
    </Typography.Text>
  );
}
