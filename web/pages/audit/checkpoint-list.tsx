import { useTranslation } from 'react-i18next';
import { listCheckpoints } from '#audit/contract';
import { listSource } from '../../app/list-source.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { HashText } from '../../ui/hash-text.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateTime } from '../../ui/moment.ts';

/** Signed sizes and roots of the log, newest first. */
export function CheckpointList() {
  const { t } = useTranslation();
  return (
    <ListPage
      name="audit-checkpoints"
      label={t('audit.checkpoints')}
      source={listSource(listCheckpoints)}
      rowKey={(row) => String(row.size)}
      columns={[
        {
          key: 'at',
          title: t('audit.at'),
          card: 'title',
          render: (row) => dateTime(row.at),
          text: (row) => dateTime(row.at),
        },
        { key: 'size', title: t('audit.size'), render: (row) => row.size, text: (row) => row.size },
        {
          key: 'witnesses',
          title: t('audit.witnessed'),
          render: (row) => row.witnesses,
          text: (row) => row.witnesses,
        },
        {
          key: 'root',
          title: t('audit.root'),
          render: (row) => <HashText hash={row.root} />,
          text: (row) => row.root,
        },
        {
          key: 'signature',
          title: t('audit.signature'),
          render: (row) => <HashText hash={row.signature} />,
          text: (row) => row.signature,
        },
      ]}
      empty={<EmptyState title={t('audit.noCheckpoints')} hint={t('audit.noCheckpointsHint')} />}
    />
  );
}
