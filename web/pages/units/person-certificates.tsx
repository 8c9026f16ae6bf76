import { PlusOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import { listCertificates, registerCertificate } from '#units/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useCan } from '../../app/session.ts';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { CertificateActions, useTermText } from './certificate-actions.tsx';
import type { PersonReply } from './person-page.tsx';
import { useRefreshPeople } from './person-posts.tsx';
import './people.css';

/** Certificates of a person. */
export function PersonCertificates({ person }: { person: PersonReply }) {
  const { t } = useTranslation();
  const can = useCan();
  const term = useTermText();
  const query = useQuery({
    queryKey: ['certificates', 'of', person.id],
    queryFn: ({ signal }) =>
      call(listCertificates, { query: { personId: person.id, pageSize: 100 } }, { signal }),
  });
  const isOpen = can('people.write') && !person.mergedInto;
  return (
    <Panel title={t('posts.certificates')} extra={isOpen ? <AddButton personId={person.id} /> : null}>
      <QueryView query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="jd-faint">{t('posts.certificatesEmpty')}</p>
          ) : (
            <ul className="jd-plain-list">
              {items.map((one) => (
                <li key={one.id} style={{ padding: '8px 0' }}>
                  <div style={{ display: 'flex', flexWrap: 'wrap', gap: 8, alignItems: 'center' }}>
                    <strong>{one.type}</strong>
                    <span className="jd-mono">{one.number}</span>
                    <EnumTag name="certificateState" value={one.state} />
                  </div>
                  <div className="jd-faint">
                    {[
                      one.issuer,
                      term(one),
                      one.verifiedBy ? t('posts.verifiedBy', { who: one.verifiedBy }) : null,
                    ]
                      .filter(Boolean)
                      .join(' · ')}
                  </div>
                  <CertificateActions certificate={one} />
                </li>
              ))}
            </ul>
          )
        }
      </QueryView>
    </Panel>
  );
}

function AddButton({ personId }: { personId: string }) {
  const { t } = useTranslation();
  const refresh = useRefreshPeople();
  const { message } = App.useApp();
  return (
    <FormDrawer label={t('posts.certificateAdd')} icon={<PlusOutlined aria-hidden="true" />} size="small">
      {(close) => (
        <SchemaForm
          schema={registerCertificate.body!}
          fields={{
            type: { label: t('posts.certificateType') },
            number: { label: t('posts.certificateNumber') },
            issuer: { label: t('posts.certificateIssuer') },
            issuedOn: { label: t('posts.issuedOn') },
            expiresOn: { label: t('posts.expiresOn'), help: t('posts.expiresOnHelp') },
          }}
          submitLabel={t('posts.certificateAdd')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(registerCertificate, { params: { id: personId }, body });
            await refresh();
            void message.success(t('posts.certificateAdded'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}
