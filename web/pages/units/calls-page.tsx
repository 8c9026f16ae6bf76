import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { listCallsDue, post } from '#units/contract';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { listSource } from '../../app/list-source.ts';
import { MaskedPhone } from '../../app/masked-phone.tsx';
import { listComma } from '../../app/punctuation.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateOnly } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { CallButton } from './person-calls.tsx';

/** Who in post was not reached by phone for so many days: the list of a call-back campaign (D39). */
export function CallsPage() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const can = useCan();
  return (
    <>
      <PageHeader title={t('posts.callsTitle')} description={t('posts.callsHint')} />
      <ListPage
        name="calls-due"
        label={t('posts.callsTitle')}
        search={t('people.search')}
        source={listSource(listCallsDue, ['days', 'post', 'unitId'])}
        rowKey={(row) => row.personId}
        filters={[
          {
            key: 'days',
            label: t('posts.callDays'),
            options: [30, 90, 180, 365].map((count) => ({
              value: String(count),
              label: t('posts.days', { count }),
            })),
          },
          { key: 'post', label: t('people.post'), options: optionsOf(words, 'post', post.options) },
        ]}
        columns={[
          {
            key: 'name',
            field: 'personName',
            title: t('people.name'),
            card: 'title',
            render: (row) => (
              <Link to="/people/$id" params={{ id: row.personId }}>
                {row.personName}
              </Link>
            ),
          },
          { key: 'unit', field: 'unitName', title: t('people.unit'), render: (row) => row.unitName },
          {
            key: 'posts',
            title: t('people.post'),
            render: (row) => row.posts.map((one) => words('post', one)).join(listComma()),
          },
          {
            key: 'phone',
            field: 'phoneMasked',
            title: t('people.phone'),
            render: (row) => <MaskedPhone personId={row.personId} masked={row.phoneMasked} />,
          },
          {
            key: 'reachedAt',
            title: t('posts.callReached'),
            render: (row) => (row.reachedAt ? dateOnly(row.reachedAt) : t('posts.callNever')),
          },
          {
            key: 'lastResult',
            coded: 'callResult',
            title: t('posts.callLast'),
            render: (row) =>
              row.lastResult ? (
                <>
                  {dateOnly(row.lastCallAt)} <EnumTag name="callResult" value={row.lastResult} />
                </>
              ) : (
                '—'
              ),
          },
          {
            key: 'act',
            field: 'lastCallAt',
            title: t('posts.callRecord'),
            render: (row) =>
              can('people.write') && row.phoneMasked ? <CallButton personId={row.personId} /> : null,
          },
        ]}
        empty={<EmptyState title={t('posts.callsEmpty')} hint={t('posts.callsEmptyHint')} />}
      />
    </>
  );
}
