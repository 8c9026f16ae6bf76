import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { getChange } from '#watch/contract';
import { call } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { dateTime } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { ComparedPicture } from './home-pictures.tsx';
import './changes.css';

interface Sides {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** What one page said before and says after; side by side where there is room. */
export function ChangePage() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery({
    queryKey: ['changes', id],
    queryFn: ({ signal }) => call(getChange, { params: { id } }, { signal }),
  });
  return (
    <QueryView query={query} rows={8} back={{ to: '/sites', label: t('sites.title') }}>
      {(change) => (
        <>
          <PageHeader
            title={t('crawl.change')}
            description={t('crawl.sidesHint')}
            back={{ to: `/checks/${change.checkId}`, label: t('crawl.check') }}
          />
          <Panel>
            <Facts
              items={[
                [t('crawl.site'), change.siteName],
                [
                  t('crawl.page'),
                  <span key="url" className="jd-mono jd-break">
                    {change.url}
                  </span>,
                ],
                [t('crawl.classes'), change.classes.map((one) => words('changeClass', one)).join('、')],
                [t('crawl.distance'), t('crawl.distanceOf', { bits: change.distance })],
                [t('crawl.beforeAt'), change.beforeAt ? dateTime(change.beforeAt) : null],
                [t('crawl.seenAt'), dateTime(change.seenAt)],
              ]}
            />
          </Panel>
          {change.picture ? (
            <Panel title={t('homePictures.title')}>
              <ComparedPicture picture={change.picture} />
            </Panel>
          ) : null}
          <Part title={t('crawl.titlePart')} sides={change.title} />
          <Part title={t('crawl.textPart')} sides={change.text} />
          <Part title={t('crawl.linksPart')} sides={change.links} isCode />
          <Part title={t('crawl.scriptsPart')} sides={change.scripts} isCode />
        </>
      )}
    </QueryView>
  );
}

function Part({ title, sides, isCode = false }: { title: string; sides: Sides; isCode?: boolean }) {
  const { t } = useTranslation();
  if (sides.before.length + sides.after.length === 0) return null;
  return (
    <Panel title={title}>
      <div className="jd-sides">
        <Side
          name={t('crawl.before')}
          kind="before"
          items={sides.before}
          nothing={t('crawl.nothingBefore')}
          isCode={isCode}
        />
        <Side
          name={t('crawl.after')}
          kind="after"
          items={sides.after}
          nothing={t('crawl.nothingAfter')}
          isCode={isCode}
        />
      </div>
    </Panel>
  );
}

function Side(props: {
  readonly name: string;
  readonly kind: 'before' | 'after';
  readonly items: readonly string[];
  readonly nothing: string;
  readonly isCode: boolean;
}) {
  return (
    <section className={`jd-side jd-side--${props.kind}`}>
      <h3>{props.name}</h3>
      {props.items.length === 0 ? (
        <p className="jd-faint">{props.nothing}</p>
      ) : (
        <ul className={props.isCode ? 'jd-mono' : ''}>
          {props.items.map((item) => (
            <li key={item} className="jd-break">
              {item}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
