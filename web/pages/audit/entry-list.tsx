import { useTranslation } from 'react-i18next';
import { listEntries } from '#audit/contract';
import { useActWords } from '../../app/act-words.ts';
import { actorText } from '../../app/actor-text.ts';
import { listSource } from '../../app/list-source.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { HashText } from '../../ui/hash-text.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateTime } from '../../ui/moment.ts';
import { ChangeButton } from './change-button.tsx';
import { ProofButton } from './proof-button.tsx';

/** Who did what, when, before and after. */
export function EntryList() {
  const actWords = useActWords();
  const { t } = useTranslation();
  return (
    <ListPage
      name="audit"
      label={t('audit.title')}
      search={t('audit.search')}
      source={listSource(listEntries, ['action', 'subject', 'actorId', 'from', 'to'])}
      rowKey={(row) => row.id}
      columns={[
        {
          key: 'id',
          field: 'index',
          title: '#',
          card: 'hidden',
          // Null until the next checkpoint has given the entry its place in the tree.
          render: (row) => <span className="jd-num">{row.index ?? t('audit.noPlace')}</span>,
          text: (row) => row.index,
        },
        {
          key: 'action',
          title: t('audit.action'),
          card: 'title',
          render: (row) => (
            <>
              {actWords(row.action)}
              <div className="jd-faint jd-mono">{row.action}</div>
            </>
          ),
        },
        {
          key: 'actor',
          title: t('audit.actor'),
          field: 'actorName',
          render: (row) => actorText(row.actorName, t),
        },
        {
          key: 'subject',
          title: t('audit.subject'),
          render: (row) => <Subject subject={row.subject} />,
          text: (row) => row.subject,
        },
        {
          key: 'at',
          title: t('audit.at'),
          render: (row) => <span className="jd-num">{dateTime(row.at)}</span>,
          text: (row) => dateTime(row.at),
        },
        {
          key: 'leaf',
          title: t('audit.leaf'),
          card: 'hidden',
          render: (row) => <HashText hash={row.leaf} />,
          text: (row) => row.leaf,
        },
        {
          key: 'change',
          field: 'after',
          title: t('audit.change'),
          render: (row) => (
            <>
              <ChangeButton before={row.before} after={row.after} title={actWords(row.action)} />{' '}
              {row.index === null ? null : <ProofButton id={row.id} />}
            </>
          ),
        },
      ]}
      empty={<EmptyState title={t('audit.empty')} hint={t('audit.emptyHint')} />}
    />
  );
}

/** What an entry is about: the kind of thing in words, and its name in the program below, by which it is filtered. */
function Subject({ subject }: { subject: string }) {
  const { t } = useTranslation();
  const kind = subject.split(':', 1)[0]!;
  const words = (t as (key: string, options: { defaultValue: string }) => string)(`auditSubjects.${kind}`, {
    defaultValue: '',
  });
  return (
    <>
      {words}
      <div className="jd-faint jd-mono jd-break">{subject}</div>
    </>
  );
}
