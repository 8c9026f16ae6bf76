import { useQueryClient } from '@tanstack/react-query';
import { App, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { decideSuppression, type Suppression, withdrawSuppression } from '#findings/contract';
import { call } from '../../app/api.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';

/** What one may do about a false alarm: agree, refuse, take back. */
export function SuppressionActs({ row }: { row: Suppression }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  const params = { id: row.id };
  const done = async (close: () => void) => {
    await client.invalidateQueries({ queryKey: ['findings'] });
    await client.invalidateQueries({ queryKey: ['suppressions'] });
    void message.success(t('findingWork.done'));
    close();
  };
  // Somebody else was first, as a rule: the list behind the form then shows what became of it.
  const refused = async (error: unknown) => {
    await client.invalidateQueries({ queryKey: ['suppressions'] });
    throw error;
  };
  const decision = (approve: boolean) => (close: () => void) => (
    <SchemaForm
      schema={decideSuppression.body!}
      fields={{
        note: {
          label: t(approve ? 'findingWork.agreeNote' : 'findingWork.disagreeNote'),
          widget: 'textarea',
        },
      }}
      fixed={{ approve }}
      submitLabel={t(approve ? 'findingWork.agree' : 'findingWork.disagree')}
      onCancel={close}
      onSubmit={async (body) => {
        await call(decideSuppression, { params, body }).catch(refused);
        await done(close);
      }}
    />
  );
  return (
    <Space wrap>
      {row.mayDecide ? (
        <>
          <FormDrawer label={t('findingWork.agree')} size="small" type="primary">
            {decision(true)}
          </FormDrawer>
          <FormDrawer label={t('findingWork.disagree')} size="small">
            {decision(false)}
          </FormDrawer>
        </>
      ) : null}
      {row.mayWithdraw ? (
        <FormDrawer label={t('findingWork.withdraw')} size="small">
          {(close) => (
            <SchemaForm
              schema={withdrawSuppression.body!}
              fields={{
                reason: {
                  label: t('findingWork.withdrawReason'),
                  widget: 'textarea',
                  help: t('findingWork.withdrawHint'),
                },
              }}
              submitLabel={t('findingWork.withdraw')}
              onCancel={close}
              onSubmit={async (body) => {
                await call(withdrawSuppression, { params, body });
                await done(close);
              }}
            />
          )}
        </FormDrawer>
      ) : null}
    </Space>
  );
}
