import { useTranslation } from 'react-i18next';
import { listConnectors } from '#auth/contract';
import { useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { listSource } from '../../app/list-source.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import { ConnectorDetail } from './connector-detail.tsx';
import type { Connector } from './connector-form.tsx';

const source = listSource(listConnectors);

/** The connectors, what works and what waits. */
export function ConnectorList() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const language = useLanguage();
  const nameOf = ({ active, latest }: Connector) => {
    const { nameZh, nameEn } = active ?? latest;
    return language === 'zh' ? nameZh : nameEn;
  };
  return (
    <ListPage
      name="sso-connectors"
      label={t('sso.methods')}
      search={t('sso.search')}
      source={source}
      rowKey={(row) => row.id}
      columns={[
        { key: 'name', field: 'latest.nameZh', title: t('sso.name'), card: 'title', render: nameOf },
        { key: 'kind', title: t('sso.kind'), coded: 'ssoKind', render: (row) => words('ssoKind', row.kind) },
        {
          key: 'state',
          field: 'latest.state',
          coded: 'ssoVersionState',
          title: t('sso.state'),
          render: (row) => <Standing connector={row} />,
        },
        { key: 'unitName', title: t('sso.unit'), render: (row) => row.unitName },
        {
          key: 'boundAccounts',
          title: t('sso.bound'),
          render: (row) => <span className="jd-num">{row.boundAccounts}</span>,
        },
        {
          key: 'actions',
          title: t('list.actions'),
          render: (row) => (
            <FormDrawer label={t('sso.showDetail')} title={nameOf(row)} size="small">
              {(close) => <ConnectorDetail connector={row} onClose={close} />}
            </FormDrawer>
          ),
        },
      ]}
      empty={<EmptyState title={t('sso.empty')} hint={t('sso.emptyHint')} />}
    />
  );
}

function Standing({ connector }: { connector: Connector }) {
  const { t } = useTranslation();
  return (
    <span style={{ display: 'inline-flex', gap: 6, flexWrap: 'wrap' }}>
      <StatusTag tone={connector.active ? 'ok' : 'neutral'}>
        {connector.active ? t('sso.active') : t('sso.off')}
      </StatusTag>
      {connector.proposed ? <StatusTag tone="waiting">{t('sso.waiting')}</StatusTag> : null}
    </span>
  );
}
