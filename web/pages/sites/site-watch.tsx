import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { getSiteWatch, type SiteWatch as Watch } from '#watch/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { useEnumWords } from '../../app/enum-words.ts';
import { currentLanguage } from '../../app/i18n.ts';
import { useRuleWords } from '../../app/rule-words.ts';
import { told } from '../../app/told.ts';
import { dateMinute, dateOnly } from '../../ui/moment.ts';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import { useDuration } from './use-duration.ts';
import '../watch/wall.css';

/** What the probes know of a site. Under `sites`, so that events of probes refresh it. */
function useSiteWatch(siteId: string) {
  return useQuery({
    queryKey: ['sites', siteId, 'watch'],
    queryFn: ({ signal }) => call(getSiteWatch, { params: { id: siteId } }, { signal }),
  });
}

/** Whether the site opens: now, over 30 days, and when it did not. */
export function SiteAvailability({ siteId, isRetired }: { siteId: string; isRetired: boolean }) {
  const { t } = useTranslation();
  const query = useSiteWatch(siteId);
  return (
    <Panel title={t('siteWatch.title')}>
      <QueryView query={query} rows={4}>
        {(watch) => (
          <>
            <Now watch={watch} isRetired={isRetired} />
            <Strip days={watch.days} />
            <Outages watch={watch} />
            <p className="jd-faint">
              {t('siteWatch.rule', { seconds: watch.limitSeconds, percent: watch.weeklyPercent })}
              {watch.secondVantage ? '' : ` ${t('siteWatch.noSecond')}`}
            </p>
          </>
        )}
      </QueryView>
    </Panel>
  );
}

function Now({ watch, isRetired }: { watch: Watch; isRetired: boolean }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const percent = (value: number | null) => (value === null ? t('siteWatch.none') : `${value}%`);
  return (
    <Facts
      items={[
        [
          t('siteWatch.now'),
          isRetired ? (
            <StatusTag key="now" tone="neutral">
              {t('siteRetired.retired')}
            </StatusTag>
          ) : (
            <span key="now">
              <EnumTag name="availability" value={watch.availability} />
              {watch.result && watch.result !== 'ok' ? ` ${words('probeResult', watch.result)}` : ''}
              {watch.reason ? <div className="jd-faint jd-break">{told(watch.reason)}</div> : null}
            </span>
          ),
        ],
        [t('siteWatch.since'), watch.since ? dateMinute(watch.since) : null],
        [
          t('siteWatch.uptime'),
          <span key="uptime" className="jd-num">
            {t('siteWatch.day')} {percent(watch.uptimeDay)} · {t('siteWatch.week')}{' '}
            {percent(watch.uptimeWeek)} · {t('siteWatch.month')} {percent(watch.uptimeMonth)}
          </span>,
        ],
        [t('siteWatch.probed'), watch.probedAt ? dateMinute(watch.probedAt) : t('siteWatch.never')],
        [t('siteWatch.took'), watch.ms === null ? null : t('siteWatch.milliseconds', { count: watch.ms })],
        [t('siteWatch.next'), watch.nextProbeAt ? dateMinute(watch.nextProbeAt) : null],
      ]}
    />
  );
}

/** Each day says by height and sign, not by colour alone, how it was; the words are for everybody. */
function Strip({ days }: { days: Watch['days'] }) {
  const { t } = useTranslation();
  return (
    <ul className="jd-strip" aria-label={t('siteWatch.strip')}>
      {days.map((day) => {
        const words = t('siteWatch.stripDay', { ...day });
        const [look, sign] = lookOf(day);
        return (
          <li key={day.day} className={`jd-strip__day ${look}`} title={words}>
            <span aria-hidden="true">{sign}</span>
            <span className="jd-visually-hidden">{words}</span>
          </li>
        );
      })}
    </ul>
  );
}

function lookOf({ opened, failed, unseen }: Watch['days'][number]): [string, string] {
  if (opened + failed + unseen === 0) return ['jd-strip__day--none', ''];
  if (failed > 0) return ['jd-tag--danger', '×'];
  return opened > 0 ? ['jd-tag--ok', ''] : ['jd-tag--warn jd-strip__day--unseen', '?'];
}

function Outages({ watch }: { watch: Watch }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const duration = useDuration();
  if (watch.outages.length === 0) return <p className="jd-faint">{t('siteWatch.outagesNone')}</p>;
  return (
    <>
      <h3>{t('siteWatch.outages')}</h3>
      <ul className="jd-todo">
        {watch.outages.slice(0, 5).map((one) => (
          <li key={one.id} className="jd-todo__item">
            <StatusTag tone={one.endedAt ? 'neutral' : 'danger'}>
              {words('probeResult', one.result)}
            </StatusTag>
            <div className="jd-todo__words">
              <span className="jd-num">{dateMinute(one.beganAt)}</span>{' '}
              {one.endedAt
                ? t('siteWatch.lasted', {
                    time: duration((Date.parse(one.endedAt) - Date.parse(one.beganAt)) / 1000),
                  })
                : t('siteWatch.outageOpen')}
              <div className="jd-faint">
                {t(one.confirmed ? 'siteWatch.confirmed' : 'siteWatch.unconfirmed')}
              </div>
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Certificate, name and what else the server gives away. */
export function SiteServer({ siteId }: { siteId: string }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const ruleWords = useRuleWords();
  const query = useSiteWatch(siteId);
  return (
    <Panel title={t('siteWatch.certificate')}>
      <QueryView query={query} rows={4}>
        {({ facts, lookedAt }) => (
          <>
            <ServerFacts facts={facts} lookedAt={lookedAt} />
            {facts.unread.length > 0 ? <h3>{t('siteWatch.unread')}</h3> : null}
            {facts.unread.map((one) => (
              <p key={one.part} className="jd-break">
                <StatusTag tone="warn">{words('lookPart', one.part)}</StatusTag> {told(one.reason)}
              </p>
            ))}
            <h3>{t('siteWatch.remarks')}</h3>
            {facts.remarks.length === 0 ? (
              <p className="jd-faint">{t(lookedAt ? 'siteWatch.remarksNone' : 'siteWatch.never')}</p>
            ) : null}
            <ul className="jd-todo">
              {facts.remarks.map((one) => (
                <li key={`${one.rule} ${one.text}`} className="jd-todo__item">
                  <EnumTag name="ruleLevel" value={one.level} />
                  <div className="jd-todo__words jd-break">
                    {currentLanguage() === 'zh' ? one.text : ruleWords(one.rule)}
                    <div className="jd-faint">{one.evidence}</div>
                  </div>
                </li>
              ))}
            </ul>
          </>
        )}
      </QueryView>
    </Panel>
  );
}

function ServerFacts({ facts, lookedAt }: Pick<Watch, 'facts' | 'lookedAt'>) {
  const { t } = useTranslation();
  const { tls, dns, versions, filesAt } = facts;
  return (
    <Facts
      items={[
        [t('siteWatch.expires'), tls ? <CertificateEnd key="end" validTo={tls.validTo} /> : null],
        [t('siteWatch.issuer'), listOf(tls ? [tls.issuer] : [])],
        [t('siteWatch.protocol'), listOf(tls ? [tls.protocol, ...tls.oldProtocols] : [])],
        [
          t('siteWatch.key'),
          tls
            ? `${tls.key} · ${tls.trusted ? t('siteWatch.trusted') : t('siteWatch.untrusted', { reason: tls.problem ?? '' })}`
            : null,
        ],
        [t('siteWatch.addresses'), listOf(dns?.addresses)],
        [t('siteWatch.alias'), listOf(dns?.cname)],
        [t('siteWatch.nameServers'), listOf(dns?.ns)],
        [t('siteWatch.versions'), listOf(versions?.map((one) => `${one.product}/${one.version}`))],
        [t('siteWatch.looked'), lookedAt ? dateMinute(lookedAt) : t('siteWatch.never')],
        [t('siteWatch.filesLooked'), filesAt ? dateOnly(filesAt) : t('siteWatch.never')],
      ]}
    />
  );
}

function CertificateEnd({ validTo }: { validTo: string }) {
  const { t } = useTranslation();
  const left = Math.ceil((Date.parse(validTo) - Date.now()) / 86_400_000);
  const tone = left <= 7 ? 'danger' : left <= 30 ? 'warn' : 'ok';
  return (
    <>
      {dateOnly(validTo)}{' '}
      <StatusTag tone={tone}>
        {left <= 0 ? t('siteWatch.expired') : t('siteWatch.daysLeft', { count: left })}
      </StatusTag>
    </>
  );
}

function listOf(values: readonly string[] | undefined) {
  return values && values.length > 0 ? <span className="jd-break">{values.join(' ')}</span> : null;
}
