import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Alert, Button } from 'antd';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { confirmReceived, viewReceived } from '#notify/contract';
import { call } from '../../app/api.ts';
import { isWrongLink } from '../../app/api-error.ts';
import { PublicFrame } from '../../app/public-frame.tsx';
import { ErrorView } from '../../ui/error-view.tsx';
import { dateTime } from '../../ui/moment.ts';
import { Facts } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';

/** The page behind the link in a message: one button says that it was received. No account needed. */
export function ReceivedPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { token } = useParams({ from: '/received/$token' });
  const query = useQuery({
    queryKey: ['received', token],
    queryFn: ({ signal }) => call(viewReceived, { params: { token } }, { signal, quietSignIn: true }),
    refetchOnWindowFocus: false,
  });
  const confirm = useMutation({
    mutationFn: () => call(confirmReceived, { params: { token } }, { quietSignIn: true }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['received', token] }),
  });
  useEffect(() => {
    document.title = `${t('received.title')} · ${t('app.name')}`;
  }, [t]);
  return (
    <PublicFrame>
      <h1 style={{ margin: '0 0 16px', fontSize: 24 }}>{t('received.title')}</h1>
      {isWrongLink(query.error) ? (
        <Alert type="error" showIcon title={t('ack.badLink')} description={t('ack.badLinkHelp')} />
      ) : (
        <QueryView query={query}>
          {(seen) => (
            <>
              <p className="jd-break">
                <strong>{seen.subject}</strong>
              </p>
              <Facts items={[[t('received.at'), dateTime(seen.at)]]} />
              <div aria-live="polite" style={{ marginTop: 20 }}>
                {seen.acknowledgedAt !== null ? (
                  <Alert
                    type="success"
                    showIcon
                    title={
                      confirm.isSuccess
                        ? t('received.done')
                        : t('received.already', {
                            by: seen.acknowledgedBy ?? '',
                            time: dateTime(seen.acknowledgedAt),
                          })
                    }
                  />
                ) : (
                  <>
                    <p className="jd-faint">{t('received.hint')}</p>
                    {confirm.isError ? <ErrorView error={confirm.error} /> : null}
                    <Button
                      type="primary"
                      size="large"
                      block
                      loading={confirm.isPending}
                      onClick={() => confirm.mutate()}
                    >
                      {t('received.button')}
                    </Button>
                  </>
                )}
              </div>
            </>
          )}
        </QueryView>
      )}
    </PublicFrame>
  );
}
