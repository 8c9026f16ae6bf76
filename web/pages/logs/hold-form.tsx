import { LockOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import { newHold, placeHoldRoute } from '#logs/contract';
import { call } from '../../app/api.ts';
import { CaseNoteOfForm } from '../../app/case-note.tsx';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';

/** Holds a unit's logs or single segments; with `sourceId` that source. */
export function HoldButton({ sourceId }: { sourceId?: number }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  const isOne = sourceId !== undefined;
  const fields = {
    caseNo: { label: t('logRetention.caseNo'), help: <CaseNoteOfForm /> },
    reason: { label: t('logRetention.reason'), widget: 'textarea' as const },
    since: { label: t('logRetention.since') },
    until: { label: t('logRetention.until'), help: t('logRetention.untilHelp') },
  };
  const more = {
    unitId: { label: t('logRetention.unit'), help: t('logRetention.unitHelp'), widget: 'unit' as const },
    segmentIds: { label: t('logRetention.segmentIds'), help: t('logRetention.segmentIdsHelp') },
  };
  return (
    <FormDrawer
      label={isOne ? t('logRetention.holdSource') : t('logRetention.place')}
      icon={<LockOutlined aria-hidden="true" />}
      type={isOne ? 'default' : 'primary'}
    >
      {(close) => (
        <SchemaForm
          schema={newHold}
          fields={isOne ? fields : { ...fields, ...more }}
          {...(isOne && { fixed: { sourceIds: [sourceId] } })}
          extra={t('logRetention.placeHint')}
          submitLabel={t('logRetention.place')}
          onSubmit={async (body) => {
            const { covers, alreadyDropped: gone } = await call(placeHoldRoute, { body });
            close();
            if (gone > 0) void message.warning(t('logRetention.placedLate', { covers, gone }), 10);
            else void message.success(t('logRetention.placed', { covers }));
            await client.invalidateQueries({ queryKey: ['logHolds'] });
            await client.invalidateQueries({ queryKey: ['logs'] });
          }}
        />
      )}
    </FormDrawer>
  );
}
