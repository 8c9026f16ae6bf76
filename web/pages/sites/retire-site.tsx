import { StopOutlined, UndoOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Alert, App } from 'antd';
import { useTranslation } from 'react-i18next';
import { restoreSite, retireSite, type Site } from '#sites/contract';
import { call } from '../../app/api.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useCan } from '../../app/session.ts';
import { dateTime } from '../../ui/moment.ts';
import { SchemaForm } from '../../ui/schema-form.tsx';

/** Retires a website, or takes that back: officers only, with a reason. */
export function RetireSite({ site }: { site: Site }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  const act = site.retired ? 'restore' : 'retire';
  return (
    <FormDrawer
      label={t(`siteRetired.${act}`)}
      icon={site.retired ? <UndoOutlined aria-hidden="true" /> : <StopOutlined aria-hidden="true" />}
      danger={!site.retired}
    >
      {(close) => (
        <SchemaForm
          schema={retireSite.body!}
          fields={{ reason: { label: t('siteRetired.reason'), widget: 'textarea', autoFocus: true } }}
          extra={t(`siteRetired.${act}Hint`)}
          submitLabel={t(`siteRetired.${act}`)}
          danger={!site.retired}
          onCancel={close}
          onSubmit={async (body) => {
            await call(site.retired ? restoreSite : retireSite, { params: { id: site.id }, body });
            // Before the page is read anew: the open form would turn into the one that takes it back.
            close();
            void message.success(t(`siteRetired.${act}Done`));
            await client.invalidateQueries();
          }}
        />
      )}
    </FormDrawer>
  );
}

/** Says of a retired website when, by whom and why. */
export function RetiredNote({ site }: { site: Site }) {
  const { t } = useTranslation();
  const can = useCan();
  if (!site.retired) return null;
  const { at, byName, reason } = site.retired;
  return (
    <Alert
      type="warning"
      showIcon
      style={{ marginBottom: 16 }}
      title={t('siteRetired.note', { at: dateTime(at), byName, reason })}
      description={can('sites.retire') ? t('siteRetired.noteOfficer') : t('siteRetired.noteSchool')}
    />
  );
}
