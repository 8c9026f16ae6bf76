import { App, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { getZone, listVersions } from '#shield/contract';
import { download } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { useEnumWords } from '../../app/enum-words.ts';
import { useLanguage } from '../../app/i18n.ts';
import { listSource } from '../../app/list-source.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { HashText } from '../../ui/hash-text.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateTime } from '../../ui/moment.ts';

/** Published versions of the block list; each can be downloaded as it was. */
export function VersionList() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const language = useLanguage();
  const { message } = App.useApp();

  async function save(serial: number) {
    try {
      await download(getZone, { query: { serial } }, `rpz-${serial}.zone`);
    } catch (error) {
      void message.error(wordsForError(error)[language]);
    }
  }

  return (
    <ListPage
      name="shield-versions"
      label={t('shield.versions')}
      source={listSource(listVersions)}
      rowKey={(row) => String(row.serial)}
      columns={[
        {
          key: 'serial',
          title: t('shield.serial'),
          card: 'title',
          render: (row) => <span className="jd-mono">{row.serial}</span>,
          text: (row) => row.serial,
        },
        {
          key: 'at',
          title: t('shield.at'),
          render: (row) => <span className="jd-num">{dateTime(row.at)}</span>,
          text: (row) => dateTime(row.at),
        },
        {
          key: 'entries',
          title: t('shield.count'),
          render: (row) => row.entries,
          text: (row) => row.entries,
        },
        {
          key: 'checked',
          coded: 'zoneCheck',
          title: t('shield.checked'),
          render: (row) => (
            <>
              <EnumTag name="zoneCheck" value={row.checked} />{' '}
              <span className="jd-faint">{row.checkedBy}</span>
            </>
          ),
          text: (row) => `${words('zoneCheck', row.checked)} ${row.checkedBy ?? ''}`,
        },
        {
          key: 'sha256',
          title: 'SHA-256',
          render: (row) => <HashText hash={row.sha256} />,
          text: (row) => row.sha256,
        },
        {
          key: 'download',
          title: t('list.actions'),
          render: (row) => (
            <Button size="small" onClick={() => void save(row.serial)}>
              {t('shield.download')}
            </Button>
          ),
        },
      ]}
      empty={<EmptyState title={t('shield.noVersions')} hint={t('shield.noVersionsHint')} />}
    />
  );
}
