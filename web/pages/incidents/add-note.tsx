import { EditOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import { addNote } from '#incidents/contract';
import { call } from '../../app/api.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';

/** A note into the timeline. */
export function AddNote({ incidentId }: { incidentId: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  return (
    <FormDrawer label={t('incidents.note')} icon={<EditOutlined aria-hidden="true" />}>
      {(close) => (
        <SchemaForm
          schema={addNote.body!}
          fields={{
            text: {
              label: t('incidents.noteText'),
              widget: 'textarea',
              help: t('incidents.noteHint'),
              autoFocus: true,
            },
          }}
          submitLabel={t('incidents.note')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(addNote, { params: { id: incidentId }, body });
            await client.invalidateQueries({ queryKey: ['incidents', incidentId] });
            void message.success(t('incidents.noteAdded'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}
