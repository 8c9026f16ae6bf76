import { Alert, Button, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Drafts } from '../app/drafts.ts';
import { dateMinute, timeOnly } from './moment.ts';

/** Offers what was typed before and not sent. */
export function DraftOffer({
  drafts,
  onTake,
}: {
  drafts: Drafts;
  onTake: (value: Record<string, unknown>) => void;
}) {
  const { t } = useTranslation();
  const { offered } = drafts;
  if (offered === undefined) return null;
  return (
    <Alert
      type="info"
      showIcon
      role="status"
      style={{ marginBottom: 16 }}
      title={t('draft.found', { time: dateMinute(offered.at) })}
      action={
        <Space wrap>
          <Button
            size="small"
            type="primary"
            onClick={() => {
              onTake(offered.value);
              drafts.take();
            }}
          >
            {t('draft.restore')}
          </Button>
          <Button size="small" onClick={() => void drafts.clear()}>
            {t('draft.drop')}
          </Button>
        </Space>
      }
    />
  );
}

/** Whether what is typed is safe, and where. */
export function DraftState({ drafts }: { drafts: Drafts }) {
  const { t } = useTranslation();
  if (drafts.state === 'none') return null;
  return (
    <span className="jd-faint" role="status" style={{ alignSelf: 'center' }}>
      {drafts.state === 'kept' ? t('draft.kept', { time: timeOnly(drafts.savedAt) }) : t('draft.keptHere')}
    </span>
  );
}
