import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { certificateState, countCertificates, listCertificates, listUncertified } from '#units/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { listSource } from '../../app/list-source.ts';
import { countText, isMore } from '../../ui/count-text.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { CertificateActions, useTermText } from './certificate-actions.tsx';
import './people.css';

/** Certificates: what ends, what is not verified, and who has none. */
export function CertificatesPage() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const term = useTermText();
  return (
    <>
      <PageHeader title={t('posts.certificatesTitle')} description={t('posts.certificatesHint')} />
      <div style={{ display: 'grid', gap: 16, gridTemplateColumns: 'minmax(0, 1fr)' }}>
        <ListPage
          name="certificates"
          label={t('posts.certificatesTitle')}
          search={t('posts.certificateSearch')}
          source={listSource(listCertificates, ['state', 'unitId', 'personId'])}
          rowKey={(row) => row.id}
          filters={[
            {
              key: 'state',
              label: t('posts.certificateState'),
              options: optionsOf(words, 'certificateState', certificateState.options),
            },
          ]}
          columns={[
            {
              key: 'holder',
              field: 'personName',
              title: t('posts.holder'),
              card: 'title',
              render: (row) => (
                <Link to="/people/$id" params={{ id: row.personId }}>
                  {row.personName}
                </Link>
              ),
            },
            { key: 'unit', field: 'unitName', title: t('people.unit'), render: (row) => row.unitName ?? '—' },
            { key: 'type', title: t('posts.certificateType'), render: (row) => row.type },
            {
              key: 'number',
              title: t('posts.certificateNumber'),
              render: (row) => <span className="jd-mono">{row.number}</span>,
            },
            { key: 'issuer', title: t('posts.certificateIssuer'), extra: true, render: (row) => row.issuer },
            {
              key: 'expiresOn',
              title: t('posts.expiresOn'),
              render: (row) => <span className="jd-num">{term(row)}</span>,
            },
            {
              key: 'state',
              coded: 'certificateState',
              title: t('posts.certificateState'),
              render: (row) => <EnumTag name="certificateState" value={row.state} />,
            },
            {
              key: 'act',
              field: 'verifiedBy',
              title: t('posts.verify'),
              render: (row) => <CertificateActions certificate={row} />,
            },
          ]}
          empty={<EmptyState title={t('posts.certificatesEmpty')} hint={t('posts.certificatesEmptyHint')} />}
        />
        <div className="jd-columns">
          <Counts />
          <Missing />
        </div>
      </div>
    </>
  );
}

function Counts() {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['certificates', 'counts'],
    queryFn: ({ signal }) => call(countCertificates, {}, { signal }),
  });
  return (
    <Panel title={t('posts.certificates')}>
      <QueryView query={query} rows={4}>
        {(counts) => (
          <Facts
            items={[
              [t('posts.countExpiring'), counts.expiring],
              [t('posts.countExpired'), counts.expired],
              [t('posts.countUnverified'), counts.unverified],
              [
                t('posts.countUncertified'),
                `${counts.uncertified} · ${t('posts.ofOfficers', { count: counts.officers })}`,
              ],
            ]}
          />
        )}
      </QueryView>
    </Panel>
  );
}

function Missing() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const query = useQuery({
    queryKey: ['certificates', 'missing'],
    queryFn: ({ signal }) => call(listUncertified, { query: { pageSize: 20 } }, { signal }),
  });
  return (
    <Panel title={t('posts.missing')}>
      <p className="jd-faint">{t('posts.missingHint')}</p>
      <QueryView query={query}>
        {({ items, ...list }) =>
          items.length === 0 ? (
            <EmptyState title={t('posts.missingEmpty')} hint={t('posts.certificatesHint')} />
          ) : (
            <>
              <ul className="jd-plain-list">
                {items.map((one) => (
                  <li key={`${one.personId}${one.unitId}${one.post}`}>
                    <Link to="/people/$id" params={{ id: one.personId }}>
                      {one.personName}
                    </Link>{' '}
                    <span className="jd-faint">
                      {one.unitName} · {words('post', one.post)}
                    </span>
                  </li>
                ))}
              </ul>
              {isMore(list, items.length) ? (
                <p className="jd-faint">
                  {t('posts.heldMore', { total: countText(list), shown: items.length })}
                </p>
              ) : null}
            </>
          )
        }
      </QueryView>
    </Panel>
  );
}
