import { CheckCircleOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { listFindings } from '#findings/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { useEnumWords } from '../../app/enum-words.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';

interface SiteFindingsProps {
  readonly siteId: string;
  /** Its last check could look and found nothing. */
  readonly isClean: boolean;
  readonly isRetired: boolean;
}

/** The latest findings of a site. */
export function SiteFindings({ siteId, isClean, isRetired }: SiteFindingsProps) {
  const { t } = useTranslation();
  const can = useCan();
  const words = useEnumWords();
  const query = useQuery({
    queryKey: ['findings', 'site', siteId],
    queryFn: ({ signal }) => call(listFindings, { query: { siteId, pageSize: 8 } }, { signal }),
    enabled: can('findings.read'),
  });
  if (!can('findings.read')) return null;
  return (
    <Panel
      title={t('sites.findings')}
      extra={
        <Link to="/findings" search={{ siteId }}>
          {t('action.more')}
        </Link>
      }
    >
      <QueryView query={query} rows={3}>
        {({ items }) =>
          items.length === 0 ? (
            isRetired ? (
              <EmptyState title={t('findings.notLooked')} hint={t('siteRetired.noFindings')} />
            ) : isClean ? (
              <EmptyState
                icon={<CheckCircleOutlined aria-hidden="true" />}
                title={t('findings.noneHere')}
                hint={t('findings.noneHereHint')}
              />
            ) : (
              // A site that was not looked at has no findings either: that is not the same as clean.
              <EmptyState title={t('findings.notLooked')} hint={t('findings.notLookedHint')} />
            )
          ) : (
            <ul className="jd-todo">
              {items.map((finding) => (
                <li key={finding.id} className="jd-todo__item">
                  <EnumTag name="severity" value={finding.severity} />
                  <div className="jd-todo__words">
                    <Link to="/findings/$id" params={{ id: finding.id }} className="jd-break">
                      {finding.text.slice(0, 80)}
                    </Link>
                    <div className="jd-faint jd-num" style={{ fontSize: 13 }}>
                      {words('findingKind', finding.kind)} · {dateMinute(finding.lastSeenAt)}
                    </div>
                  </div>
                  <EnumTag name="findingState" value={finding.state} />
                </li>
              ))}
            </ul>
          )
        }
      </QueryView>
    </Panel>
  );
}
