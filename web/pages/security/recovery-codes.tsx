import { useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Popconfirm, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { renewRecoveryCodes } from '#auth/contract';
import { call, saveBlob } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { useLanguage } from '../../app/i18n.ts';
import { useUser } from '../../app/session.ts';

interface RecoveryCodesProps {
  readonly codes: readonly string[];
  readonly onKept: () => void;
}

/** Ten new codes, shown once: to print, to save, or to copy down. */
export function RecoveryCodes({ codes, onKept }: RecoveryCodesProps) {
  const { t } = useTranslation();
  const user = useUser();
  const text = [
    `${t('app.name')} · ${t('security.recoveryTitle')}`,
    `${t('auth.username')}: ${user.username}`,
    t('security.recoveryUse'),
    '',
    ...codes,
    '',
  ].join('\n');
  return (
    <Alert
      showIcon
      type="success"
      style={{ marginBottom: 16 }}
      title={t('security.recoveryTitle')}
      description={
        <>
          <p>{t('security.recoveryOnce')}</p>
          <ul
            className="jd-mono"
            aria-label={t('security.recoveryTitle')}
            style={{
              display: 'grid',
              gridTemplateColumns: 'repeat(auto-fill, minmax(200px, 1fr))',
              gap: '4px 16px',
              listStyle: 'none',
              padding: 0,
            }}
          >
            {codes.map((code) => (
              <li key={code}>{code}</li>
            ))}
          </ul>
          <Space wrap>
            <Button
              onClick={() =>
                saveBlob(new Blob([text], { type: 'text/plain' }), `recovery-${user.username}.txt`)
              }
            >
              {t('security.save')}
            </Button>
            <Button onClick={() => window.print()}>{t('security.print')}</Button>
            <Button type="primary" onClick={onKept}>
              {t('security.kept')}
            </Button>
          </Space>
        </>
      }
    />
  );
}

interface RenewProps {
  readonly left: number;
  readonly onCodes: (codes: readonly string[]) => void;
}

/** How many codes are left, and new ones in their place. */
export function RenewRecoveryCodes({ left, onCodes }: RenewProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const language = useLanguage();
  const { message } = App.useApp();
  return (
    <div style={{ display: 'flex', flexWrap: 'wrap', gap: 12, alignItems: 'center', marginTop: 16 }}>
      <span>{t('security.codesLeft', { n: left })}</span>
      <Popconfirm
        title={t('security.renewConfirm')}
        onConfirm={async () => {
          try {
            const reply = await call(renewRecoveryCodes, {});
            onCodes(reply.recoveryCodes);
            await client.invalidateQueries({ queryKey: ['my-factors'] });
          } catch (error) {
            void message.error(wordsForError(error)[language]);
          }
        }}
      >
        <Button size="small">{t('security.renew')}</Button>
      </Popconfirm>
    </div>
  );
}
