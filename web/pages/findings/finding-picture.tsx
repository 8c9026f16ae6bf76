import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Finding } from '#findings/contract';
import { getPicture, getPictureFile, wantPicture } from '#watch/contract';
import { addressOf, call, type RouteReply } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { useCan } from '../../app/session.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { dateTime } from '../../ui/moment.ts';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SourceView } from '../../ui/source-view.tsx';
import './findings.css';

type Picture = RouteReply<typeof getPicture>;

/** The page as a visitor sees it with the spot framed, or why nobody sees it and where it stands in the source. */
export function FindingPicture({ finding }: { finding: Finding }) {
  const { t } = useTranslation();
  const { id } = finding;
  const query = useQuery({
    queryKey: ['findings', id, 'picture'],
    queryFn: ({ signal }) => call(getPicture, { params: { id } }, { signal }),
    refetchInterval: (state) => (state.state.data?.isWaiting ? 3_000 : false),
  });
  if (query.data?.state === 'impossible') return null;
  return (
    <Panel
      title={t('findingPicture.title')}
      extra={query.data && !query.data.isWaiting ? <DrawButton id={id} state={query.data.state} /> : null}
    >
      <QueryView query={query}>
        {(picture) => (
          <>
            {/* Told when it changes: the picture comes while somebody waits for it. */}
            <p role="status" className="jd-faint jd-finding-picture__told">
              <Told picture={picture} />
            </p>
            <Shown finding={finding} picture={picture} />
          </>
        )}
      </QueryView>
    </Panel>
  );
}

function Told({ picture }: { picture: Picture }) {
  const { t } = useTranslation();
  if (picture.isWaiting) return t('findingPicture.waiting');
  if (picture.drawnAt === null) return t('findingPicture.none');
  const drawn = t('findingPicture.drawnAt', { at: dateTime(picture.drawnAt) });
  return picture.bagId === null ? drawn : `${drawn} · ${t('findingPicture.sealed')}`;
}

function DrawButton({ id, state }: { id: string; state: Picture['state'] }) {
  const { t } = useTranslation();
  const can = useCan();
  const client = useQueryClient();
  const want = useMutation({
    mutationFn: () => call(wantPicture, { params: { id } }),
    onSuccess: (picture) => client.setQueryData(['findings', id, 'picture'], picture),
  });
  if (!can('findings.work')) return null;
  return (
    <>
      {want.error ? <ErrorView error={want.error} /> : null}
      <Button size="small" loading={want.isPending} onClick={() => want.mutate()}>
        {t(state === 'none' ? 'findingPicture.draw' : 'findingPicture.again')}
      </Button>
    </>
  );
}

function Shown({ finding, picture }: { finding: Finding; picture: Picture }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  if (picture.state === 'failed') {
    return <Alert type="warning" showIcon title={t('findingPicture.failed')} description={picture.reason} />;
  }
  if (picture.state === 'seen') {
    const file = `${addressOf(getPictureFile, { params: { id: finding.id } })}?v=${picture.pictureId}`;
    const isWhole = finding.start === finding.end && finding.href === null;
    return (
      <>
        <a href={file} target="_blank" rel="noreferrer">
          <img
            className="jd-finding-picture"
            src={file}
            alt={t('findingPicture.alt', { text: finding.text.slice(0, 80) })}
          />
        </a>
        <p className="jd-faint">{t(isWhole ? 'findingPicture.whole' : 'findingPicture.frame')}</p>
      </>
    );
  }
  if (picture.state !== 'unseen') return null;
  return (
    <>
      <Alert
        type={picture.unseen === 'absent' ? 'info' : 'warning'}
        showIcon
        title={picture.unseen === 'absent' ? words('unseen', 'absent') : t('findingPicture.hidden')}
        description={
          picture.unseen === 'absent'
            ? t('findingPicture.goneHint')
            : `${words('unseen', picture.unseen ?? '')}。${t('findingPicture.hiddenHint')}`
        }
      />
      {picture.source ? (
        <>
          <h3 className="jd-finding-picture__source">{t('findingPicture.source')}</h3>
          <SourceView
            label={t('findingPicture.source')}
            text={picture.source.text}
            marks={[picture.source]}
          />
        </>
      ) : null}
    </>
  );
}
