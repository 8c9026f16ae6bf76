import { LinkOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Popconfirm, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { endOwnBinding, listOwnBindings, listSignInMethods, signInByDirectory } from '#auth/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { useMethodName } from '../../app/sso-buttons.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';

type Method = RouteReply<typeof listSignInMethods>['items'][number];
type Own = RouteReply<typeof listOwnBindings>['items'][number];

/** The other systems that one's own account is bound to; asking for another, and ending one. */
export function OwnBindings() {
  const { t } = useTranslation();
  const methods = useQuery({
    queryKey: ['sso-methods'],
    queryFn: ({ signal }) => call(listSignInMethods, {}, { signal }),
  });
  const own = useQuery({
    queryKey: ['own-bindings'],
    queryFn: ({ signal }) => call(listOwnBindings, { query: { pageSize: 100 } }, { signal }),
  });
  // Where no other system is connected there is nothing to say.
  if ((methods.data?.items ?? []).length === 0) return null;
  return (
    <Panel title={t('sso.ownTitle')}>
      <p className="jd-faint">{t('sso.ownHint')}</p>
      <QueryView query={own}>
        {({ items }) => {
          const shown = items.filter(({ state }) => state === 'bound' || state === 'pending');
          return (
            <>
              {shown.length === 0 ? <p>{t('sso.ownNone')}</p> : null}
              <ul style={{ listStyle: 'none', padding: 0, margin: '0 0 16px' }}>
                {shown.map((item) => (
                  <OwnLine key={item.id} item={item} />
                ))}
              </ul>
            </>
          );
        }}
      </QueryView>
      <Space wrap>
        {methods.data?.items.map((method) => (
          <Ask key={method.id} method={method} />
        ))}
      </Space>
    </Panel>
  );
}

function OwnLine({ item }: { item: Own }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const client = useQueryClient();
  const { message } = App.useApp();
  const end = useMutation({
    mutationFn: () => call(endOwnBinding, { params: { id: item.id } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['own-bindings'] }),
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
  return (
    <li className="jd-row" style={{ display: 'flex', gap: 12, padding: '8px 0', flexWrap: 'wrap' }}>
      <span style={{ flex: 1, minWidth: 0, overflowWrap: 'anywhere' }}>
        <strong>{language === 'zh' ? item.connectorZh : item.connectorEn}</strong> {item.displayName}{' '}
        <EnumTag name="bindingState" value={item.state} />
        <span className="jd-faint">
          {' '}
          {t('sso.lastSignIn')} {item.lastSignInAt ? dateMinute(item.lastSignInAt) : '—'}
        </span>
      </span>
      {item.state === 'bound' ? (
        <Popconfirm title={t('sso.endConfirm')} onConfirm={() => end.mutate()}>
          <Button size="small" danger loading={end.isPending}>
            {t('sso.endBinding')}
          </Button>
        </Popconfirm>
      ) : null}
    </li>
  );
}

function Ask({ method }: { method: Method }) {
  const { t } = useTranslation();
  const nameOf = useMethodName();
  const label = t('sso.bind', { name: nameOf(method) });
  if (!method.form) {
    return (
      <Button href={`/api/sso/${method.id}/start?link=1`} icon={<LinkOutlined aria-hidden="true" />}>
        {label}
      </Button>
    );
  }
  return (
    <FormDrawer label={label} icon={<LinkOutlined aria-hidden="true" />}>
      {(close) => <AskDirectory method={method} onClose={close} />}
    </FormDrawer>
  );
}

function AskDirectory({ method, onClose }: { method: Method; onClose: () => void }) {
  const { t } = useTranslation();
  const nameOf = useMethodName();
  const client = useQueryClient();
  const { message } = App.useApp();
  const name = nameOf(method);
  return (
    <SchemaForm
      schema={signInByDirectory.body!}
      fixed={{ link: true }}
      fields={{
        username: { label: t('sso.directoryUser', { name }), autoFocus: true },
        password: { label: t('sso.directoryPassword', { name }), widget: 'password' },
      }}
      submitLabel={t('sso.propose')}
      onCancel={onClose}
      onSubmit={async (body) => {
        await call(signInByDirectory, { params: { id: method.id }, body }, { quietSignIn: true });
        await client.invalidateQueries({ queryKey: ['own-bindings'] });
        void message.success(t('sso.askedNow'));
        onClose();
      }}
    />
  );
}
