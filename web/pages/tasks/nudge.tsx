import { BellOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { App, Button, Popconfirm } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { nudgeUnits } from '#tasks/contract';
import { call } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { useLanguage } from '../../app/i18n.ts';

/** Reminds every late unit by one click, after a question; says whom it reached. */
export function Nudge({ campaignId }: { campaignId?: string }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const client = useQueryClient();
  const { message } = App.useApp();
  const [busy, setBusy] = useState(false);

  async function send() {
    setBusy(true);
    try {
      const told = await call(nudgeUnits, { body: { unitIds: [], ...(campaignId && { campaignId }) } });
      await client.invalidateQueries({ queryKey: ['tasks'] });
      const { units, reached, skipped, nobody } = told;
      void message.success(
        t('tasks.nudged', { units, reached }) +
          (skipped > 0 ? t('tasks.nudgedSkipped', { skipped }) : '') +
          (nobody > 0 ? t('tasks.nudgedNobody', { nobody }) : ''),
        8,
      );
    } catch (error) {
      void message.error(wordsForError(error)[language], 8);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Popconfirm title={t('tasks.nudge')} description={t('tasks.nudgeHint')} onConfirm={() => void send()}>
      <Button icon={<BellOutlined aria-hidden="true" />} loading={busy}>
        {t('tasks.nudge')}
      </Button>
    </Popconfirm>
  );
}
