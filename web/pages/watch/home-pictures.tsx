import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { getHomePictureFile, type HomePicture, listHomePictures, wantHomePicture } from '#watch/contract';
import { addressOf, call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { useEnumWords } from '../../app/enum-words.ts';
import { useCan } from '../../app/session.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { dateTime } from '../../ui/moment.ts';
import './changes.css';

/** The newest drawings of a site's home page; asks again while one is waited for. */
export function useHomePictures(siteId: string) {
  return useQuery({
    queryKey: ['home-pictures', siteId],
    queryFn: ({ signal }) => call(listHomePictures, { query: { siteId, pageSize: 10 } }, { signal }),
    refetchInterval: (state) => (state.state.data?.items.some(isWaiting) ? 5_000 : false),
  });
}

const isWaiting = (one: HomePicture) => one.state === 'wanted';

/** How a home page was drawn last, beside the look that is accepted, and what differs. */
export function HomePictures({ siteId }: { siteId: string }) {
  const { t } = useTranslation();
  const query = useHomePictures(siteId);
  const items = query.data?.items;
  if (query.error) return <ErrorView error={query.error} />;
  if (!items) return null;
  const drawn = items.find((one) => one.state === 'drawn');
  const [newest] = items.filter((one) => one.state !== 'wanted');
  return (
    <section className="jd-home-pictures" aria-label={t('homePictures.title')}>
      <div className="jd-home-pictures__head">
        <h3>{t('homePictures.title')}</h3>
        <DrawNow siteId={siteId} isBusy={items.some(isWaiting)} />
      </div>
      <p className="jd-faint">{t('homePictures.hint')}</p>
      {items.some(isWaiting) ? <p role="status">{t('homePictures.waiting')}</p> : null}
      {newest?.state === 'failed' ? (
        <Alert type="warning" showIcon title={t('homePictures.failed')} description={newest.reason} />
      ) : null}
      {drawn ? <ComparedPicture picture={drawn} /> : null}
      {items.length === 0 ? <p className="jd-faint">{t('homePictures.none')}</p> : null}
    </section>
  );
}

function DrawNow({ siteId, isBusy }: { siteId: string; isBusy: boolean }) {
  const { t } = useTranslation();
  const can = useCan();
  const client = useQueryClient();
  const want = useMutation({
    mutationFn: () => call(wantHomePicture, { params: { id: siteId } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['home-pictures', siteId] }),
  });
  if (!can('findings.work')) return null;
  return (
    <>
      {want.error ? <ErrorView error={want.error} /> : null}
      <Button size="small" disabled={isBusy} loading={want.isPending} onClick={() => want.mutate()}>
        {t('homePictures.draw')}
      </Button>
    </>
  );
}

/** A drawing: before, after, and the difference where there is one. */
export function ComparedPicture({ picture }: { picture: HomePicture }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const { measures, verdict, comparedWith } = picture;
  const percent = (part: number) => `${Math.round(part * 100)}%`;
  return (
    <>
      <p>
        {verdict ? <EnumTag name="homeVerdict" value={verdict} /> : null}{' '}
        <span className="jd-faint">
          {words('drawnWhy', picture.why)} · {picture.drawnAt ? dateTime(picture.drawnAt) : null}
        </span>
      </p>
      {picture.reason ? <p className="jd-break">{picture.reason}</p> : null}
      {measures ? (
        <p className="jd-faint">
          {t('homePictures.measures', {
            repainted: percent(measures.repainted),
            first: percent(measures.firstScreen),
            touched: percent(measures.touched),
            gone: percent(measures.gone),
            restless: percent(1 - measures.steady),
          })}
        </p>
      ) : null}
      <div className="jd-pictures">
        {comparedWith ? <Shown id={comparedWith} name={t('homePictures.before')} /> : null}
        {picture.hasPicture ? <Shown id={picture.id} name={t('homePictures.after')} /> : null}
        {picture.hasDifference ? (
          <Shown id={picture.id} name={t('homePictures.difference')} part="difference" />
        ) : null}
      </div>
      {picture.hasPicture ? null : <p className="jd-faint">{t('homePictures.dropped')}</p>}
    </>
  );
}

function Shown(props: { readonly id: string; readonly name: string; readonly part?: 'page' | 'difference' }) {
  const { t } = useTranslation();
  const file = addressOf(getHomePictureFile, {
    params: { id: props.id },
    query: { part: props.part ?? 'page' },
  });
  return (
    <figure className="jd-pictures__one">
      <figcaption>{props.name}</figcaption>
      {/* The head of the page; all of it on a click. */}
      <a href={file} target="_blank" rel="noreferrer" title={t('homePictures.whole')}>
        <img src={file} alt={t('homePictures.alt', { name: props.name })} loading="lazy" />
      </a>
    </figure>
  );
}
