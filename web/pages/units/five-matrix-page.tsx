import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { fiveFlag, fiveState, listFiveInPlace } from '#units/contract';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { listSource } from '../../app/list-source.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';

/** Every unit in scope × the five flags, the worst first. */
export function FiveMatrixPage() {
  const { t } = useTranslation();
  const words = useEnumWords();
  return (
    <>
      <PageHeader title={t('posts.fiveTitle')} description={t('posts.fiveHint')} />
      <ListPage
        name="five"
        label={t('posts.fiveTitle')}
        search={t('posts.fiveSearch')}
        source={listSource(listFiveInPlace, ['flag', 'state', 'parentId'])}
        rowKey={(row) => row.unitId}
        filters={[
          {
            key: 'flag',
            label: t('posts.fiveFlag'),
            options: optionsOf(words, 'fiveFlag', fiveFlag.options),
          },
          {
            key: 'state',
            label: t('posts.fiveState'),
            options: optionsOf(words, 'fiveState', fiveState.options),
          },
        ]}
        columns={[
          {
            key: 'unitName',
            sort: 'unitName',
            title: t('posts.fiveUnit'),
            card: 'title',
            render: (row) => (
              <Link to="/units/$id/people" params={{ id: row.unitId }}>
                {row.unitName}
              </Link>
            ),
          },
          {
            key: 'parentName',
            title: t('posts.fiveParent'),
            card: 'hidden',
            render: (row) => row.parentName ?? '—',
          },
          {
            key: 'inPlace',
            sort: 'inPlace',
            title: t('posts.fiveInPlace'),
            render: (row) => <span className="jd-num">{row.inPlace}/5</span>,
          },
          ...fiveFlag.options.map((flag) => ({
            key: flag,
            field: `states.${flag}`,
            coded: 'fiveState' as const,
            sort: flag,
            title: words('fiveFlag', flag),
            render: (row: { states: Record<typeof flag, string> }) => (
              <EnumTag name="fiveState" value={row.states[flag]} />
            ),
          })),
          {
            key: 'missing',
            title: t('posts.fiveMissing'),
            render: (row) => <span className="jd-num">{row.missing}</span>,
          },
          {
            key: 'computedAt',
            title: t('posts.fiveComputed'),
            extra: true,
            render: (row) => dateMinute(row.computedAt),
          },
        ]}
        empty={<EmptyState title={t('posts.fiveEmpty')} hint={t('posts.fiveEmptyHint')} />}
      />
    </>
  );
}
