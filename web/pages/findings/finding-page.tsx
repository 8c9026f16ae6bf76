import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { App, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { type Finding, getFinding, reportFixed } from '#findings/contract';
import { explainPlace } from '#scan/contract';
import { getFindingColumn } from '#watch/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { colon } from '../../app/punctuation.ts';
import { useRuleWords } from '../../app/rule-words.ts';
import { useCan } from '../../app/session.ts';
import { marksInContext } from '../../ui/marked-text.ts';
import { dateTime } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { SourceView } from '../../ui/source-view.tsx';
import { BaselinePanel } from '../watch/baseline-panel.tsx';
import { FindingHistory } from './finding-history.tsx';
import { FindingIncident } from './finding-incident.tsx';
import { FindingPicture } from './finding-picture.tsx';
import { FindingEvidence, FindingRemedy } from './finding-remedy.tsx';
import { FindingSuppressions } from './finding-suppressions.tsx';
import { remedyOf } from './remedy.ts';
import { RuleHelp } from './rule-help.tsx';
import { OrderButton, ProposeButton } from './work-forms.tsx';

/** Kinds that say how the home page as a whole looks: shown beside how it should. */
const aboutHome = new Set(['home-look', 'defacement', 'change']);

/** One finding with its exact place in the page, and what to do about it. */
export function FindingPage() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const can = useCan();
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery({
    queryKey: ['findings', id],
    queryFn: ({ signal }) => call(getFinding, { params: { id } }, { signal }),
  });
  return (
    <QueryView query={query} rows={10} back={{ to: '/findings', label: t('findings.title') }}>
      {(finding) => (
        <>
          <PageHeader
            title={`${words('findingKind', finding.kind)}${colon()}${finding.text.slice(0, remedyOf(finding) ? 120 : 40)}`}
            tag={
              <>
                <EnumTag name="severity" value={finding.severity} />
                <EnumTag name="findingState" value={finding.state} />
              </>
            }
            description={finding.state === 'fixed' ? t('findings.waitRetest') : finding.unitName}
            back={{ to: '/findings', label: t('findings.title') }}
            actions={<FindingActions finding={finding} />}
          />
          <FindingIncident finding={finding} />
          <div className="jd-columns">
            {remedyOf(finding) ? (
              <div>
                <FindingRemedy finding={finding} />
                <FindingEvidence finding={finding} />
              </div>
            ) : (
              <div>
                <FindingPlace finding={finding} />
                <FindingPicture finding={finding} />
                {finding.siteId !== null && aboutHome.has(finding.kind) && can('sites.read') ? (
                  <BaselinePanel siteId={finding.siteId} />
                ) : null}
              </div>
            )}
            <FindingFacts finding={finding} />
          </div>
          <FindingSuppressions list={finding.suppressions} />
          <div className="jd-columns">
            {remedyOf(finding) ? null : <RuleHelp rule={finding.rule} kind={finding.kind} />}
            <FindingHistory id={finding.id} />
          </div>
        </>
      )}
    </QueryView>
  );
}

/** Whether it stands at a place that can be marked: what a probe saw, or a website as a whole, has none. */
const hasSpot = ({ start, end }: Finding) => end > start;

/** What of a page or file it is, marked; what was seen of the website as a whole in words alone. */
function FindingPlace({ finding }: { finding: Finding }) {
  const { t } = useTranslation();
  const inPage = hasSpot(finding) ? 'findings.place' : 'findings.seen';
  // What only a browser shows has no place in a source, but stands in words that can be marked.
  const isInBrowser = finding.part === 'browser';
  const title = t(finding.part === null || isInBrowser ? inPage : 'findings.placeInFile');
  return (
    <Panel title={title}>
      {hasSpot(finding) ? <p className="jd-faint">{t('findings.placeHint')}</p> : null}
      <SourceView
        label={title}
        text={finding.context}
        marks={hasSpot(finding) || isInBrowser ? marksInContext(finding.context, finding.text) : []}
      />
    </Panel>
  );
}

/** In characters, from 1. */
function useWhere() {
  const { t } = useTranslation();
  return (finding: Finding) => {
    const { part, start, end } = finding;
    if (!hasSpot(finding)) return null;
    return t(part === null ? 'findings.offset' : 'findings.offsetInFile', { start: start + 1, end });
  };
}

function FindingFacts({ finding }: { finding: Finding }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const can = useCan();
  const ruleWords = useRuleWords();
  const language = useLanguage();
  const where = useWhere();
  // What names a fault of the network is for the machine, which compares by it.
  const isPage = remedyOf(finding) === undefined;
  return (
    <Panel title={t('findings.facts')}>
      <Facts
        items={[
          [
            t('findings.site'),
            finding.siteId !== null && can('sites.read') ? (
              <Link key="site" to="/sites/$id" params={{ id: finding.siteId }}>
                {finding.siteName}
              </Link>
            ) : (
              finding.siteName
            ),
          ],
          [t('findings.unit'), finding.unitName],
          [t('siteColumns.ofFinding'), <FindingColumn key="column" finding={finding} />],
          // Not a link: the page may be hostile.
          [
            t('findings.url'),
            isPage ? (
              <span key="url" className="jd-mono jd-break">
                {finding.url}
              </span>
            ) : null,
          ],
          [t('findings.part'), finding.part === null ? null : explainPlace(finding.part)[language]],
          [t('findings.where'), isPage ? where(finding) : null],
          [
            t('findings.rule'),
            isPage ? (
              <span key="rule" title={finding.rule}>
                {ruleWords(finding.rule)}
              </span>
            ) : null,
          ],
          [t('findings.view'), isPage && hasSpot(finding) ? words('view', finding.view) : null],
          [
            t('findings.href'),
            finding.href === null ? null : (
              <span key="href" className="jd-mono jd-break">
                {finding.href}
              </span>
            ),
          ],
          [t('findings.foundAt'), dateTime(finding.foundAt)],
          [t('findings.lastSeenAt'), dateTime(finding.lastSeenAt)],
          [t('findings.timesSeen'), finding.timesSeen],
          [t('findingWork.dueAt'), finding.dueAt === null ? null : dateTime(finding.dueAt)],
          [
            t('findingWork.history'),
            [
              finding.timesReturned > 0 ? t('findingWork.returned', { count: finding.timesReturned }) : '',
              finding.timesSuppressed > 0
                ? t('findingWork.ignoredTimes', { count: finding.timesSuppressed })
                : '',
            ]
              .filter((part) => part !== '')
              .join(' · '),
          ],
          [t('findings.fixedAt'), finding.fixedAt === null ? null : dateTime(finding.fixedAt)],
          [t('findings.closedAt'), finding.closedAt === null ? null : dateTime(finding.closedAt)],
        ]}
      />
    </Panel>
  );
}

/** The declared column of the page and who answers for it. */
function FindingColumn({ finding }: { finding: Finding }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['findings', finding.id, 'column'],
    queryFn: ({ signal }) => call(getFindingColumn, { params: { id: finding.id } }, { signal }),
    enabled: finding.siteId !== null,
  });
  const column = query.data?.column;
  if (!column) return '—';
  return t('siteColumns.ofFindingOwner', {
    name: column.name,
    owner: column.ownerName ?? t('siteColumns.noOwner'),
  });
}

function FindingActions({ finding }: { finding: Finding }) {
  const { t } = useTranslation();
  const can = useCan();
  const client = useQueryClient();
  const { message } = App.useApp();
  if (finding.state !== 'open' && finding.state !== 'fixed') return null;

  async function done(words: string, close: () => void) {
    await client.invalidateQueries({ queryKey: ['findings'] });
    void message.success(words);
    close();
  }

  return (
    <Space wrap>
      {can('findings.work') ? <ProposeButton ids={[finding.id]} /> : null}
      {can('findings.order') && finding.state === 'open' && finding.orderId === null ? (
        <OrderButton ids={[finding.id]} />
      ) : null}
      {can('findings.work') && finding.state === 'open' ? (
        <FormDrawer label={t('findings.fixed')} type="primary">
          {(close) => (
            <SchemaForm
              schema={reportFixed.body!}
              draft={`findings.fixed.${finding.id}`}
              fields={{
                note: {
                  label: t('findings.fixedNote'),
                  widget: 'textarea',
                  help: t(finding.siteId === null ? 'findings.fixedHintNetwork' : 'findings.fixedHint'),
                },
              }}
              submitLabel={t('findings.fixed')}
              onCancel={close}
              onSubmit={async (body) => {
                await call(reportFixed, { params: { id: finding.id }, body });
                await done(t('findings.fixedDone'), close);
              }}
            />
          )}
        </FormDrawer>
      ) : null}
    </Space>
  );
}
