import { EyeOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { Alert, App, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { endViewAs } from '#auth/contract';
import { dateMinute } from '../ui/moment.ts';
import { call } from './api.ts';
import { wordsForError } from './api-error.ts';
import { useLanguage } from './i18n.ts';
import { useForgetEverything, useUser } from './session.ts';

/** On every page while somebody looks as another: who looks as whom, and the way back. */
export function ViewBanner() {
  const { t } = useTranslation();
  const language = useLanguage();
  const { message } = App.useApp();
  const user = useUser();
  const forget = useForgetEverything();
  const leave = useMutation({
    mutationFn: () => call(endViewAs, {}),
    // Also when it had ended by itself: then the pages shown are no longer the session's.
    onSettled: forget,
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
  if (user.viewedBy === null) return null;
  const words = { viewer: user.viewedBy.name, name: user.name, until: dateMinute(user.viewedBy.until) };
  return (
    <Alert
      banner
      type="warning"
      role="status"
      icon={<EyeOutlined aria-hidden="true" />}
      title={t('rights.viewing', words)}
      action={
        <Button size="small" loading={leave.isPending} onClick={() => leave.mutate()}>
          {t('rights.leave')}
        </Button>
      }
    />
  );
}
