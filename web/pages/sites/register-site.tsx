import { PlusOutlined } from '@ant-design/icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import { registerSite } from '#sites/contract';
import { listUnits } from '#units/contract';
import { call } from '../../app/api.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { Loading } from '../../ui/loading.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';

const body = registerSite.body!;

/** The server refuses these, too, but not in words that tell what is wrong with them. */
const checked = body.extend({
  url: body.shape.url.refine(hasNoUser, {
    message:
      '网址里不要写用户名和密码，请去掉 @ 和它前面的部分 / Leave user name and password out of the address: remove what stands before the @',
  }),
});

function hasNoUser(address: string): boolean {
  if (!URL.canParse(address)) return true;
  const { username, password } = new URL(address);
  return username === '' && password === '';
}

/** Registers a website by hand. */
export function RegisterSite() {
  const { t } = useTranslation();
  return (
    <FormDrawer label={t('sites.register')} icon={<PlusOutlined aria-hidden="true" />} type="primary">
      {(close) => <RegisterForm close={close} />}
    </FormDrawer>
  );
}

function RegisterForm({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  // Whoever has one unit only need not choose it; two are enough to know that there are several.
  const units = useQuery({
    queryKey: ['units', 'own'],
    queryFn: ({ signal }) => call(listUnits, { query: { pageSize: 2 } }, { signal }),
  });
  if (units.isLoading) return <Loading rows={8} />;
  const only = units.data?.items.length === 1 ? units.data.items[0] : undefined;
  return (
    <SchemaForm
      schema={checked}
      draft="sites.register"
      {...(only ? { initial: { unitCode: only.code } } : {})}
      fields={{
        name: { label: t('sites.name'), autoFocus: true },
        unitCode: { label: t('sites.unit'), widget: 'unit', gives: 'code' },
        url: { label: t('sites.url'), example: 'http://www.school.example/' },
        icpNo: { label: t('sites.icp'), example: '浙ICP备00000000号-1' },
        policeNo: { label: t('sites.police'), example: '浙公网安备 33000000000000号' },
        managerNo: { label: t('sites.manager'), widget: 'person', gives: 'personNo' },
        serverAddress: { label: t('sites.serverAddress'), example: '192.0.2.10' },
        resolveTo: { label: t('sites.resolveTo'), help: t('sites.resolveToHelp') },
      }}
      submitLabel={t('sites.register')}
      onCancel={close}
      onSubmit={async (value) => {
        await call(registerSite, { body: value });
        await client.invalidateQueries({ queryKey: ['sites'] });
        void message.success(t('sites.registered'));
        close();
      }}
    />
  );
}
