import type { UseQueryResult } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { listFindings } from '#findings/contract';
import type { RouteReply } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { useEnumWords } from '../../app/enum-words.ts';
import { colon } from '../../app/punctuation.ts';
import { countText } from '../../ui/count-text.ts';
import { dateMinute } from '../../ui/moment.ts';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';

/** The worst findings that are still open. */
export function FindingsToFix({ query }: { query: UseQueryResult<RouteReply<typeof listFindings>> }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  return (
    <Panel
      title={
        <>
          {t('home.findings')}
          {query.data && query.data.total > 0 ? (
            <span className="jd-faint jd-num">{countText(query.data)}</span>
          ) : null}
        </>
      }
      extra={
        <Link to="/findings" search={{ state: 'open' }}>
          {t('action.more')}
        </Link>
      }
    >
      <QueryView query={query} rows={3}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="jd-faint">{t('home.findingsNone')}</p>
          ) : (
            <ul className="jd-todo">
              {items.map((finding) => (
                <li key={finding.id} className="jd-todo__item">
                  <EnumTag name="severity" value={finding.severity} />
                  <div className="jd-todo__words">
                    <Link to="/findings/$id" params={{ id: finding.id }} className="jd-break">
                      {words('findingKind', finding.kind)}
                      {colon()}
                      {finding.text.slice(0, 60)}
                    </Link>
                    <div className="jd-faint jd-num" style={{ fontSize: 13 }}>
                      {finding.siteName ?? finding.unitName} · {dateMinute(finding.lastSeenAt)}
                    </div>
                  </div>
                </li>
              ))}
            </ul>
          )
        }
      </QueryView>
    </Panel>
  );
}
