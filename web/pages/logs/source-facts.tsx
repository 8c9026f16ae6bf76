import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type LogSource, sourceTimes } from '#logs/contract';
import { call } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { HashText } from '../../ui/hash-text.tsx';
import { dateTime } from '../../ui/moment.ts';
import { Facts, Panel } from '../../ui/panel.tsx';
import { ClockText } from './clock-text.tsx';
import { QuarantinePanel } from './quarantine-panel.tsx';
import { OddTimes } from './taken-lines.tsx';

/** What a source is, by what it is known and what it has sent. */
export function SourceFacts({ source }: { source: LogSource }) {
  return (
    <div className="jd-columns">
      <div>
        {source.format === 'unknown' ? <QuarantinePanel source={source} /> : <Known source={source} />}
      </div>
      <Received source={source} />
    </div>
  );
}

function Known({ source }: { source: LogSource }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  return (
    <Panel title={t('logSources.tabFacts')}>
      <Facts
        items={[
          [t('logSources.format'), words('logFormat', source.format)],
          [
            t('logSources.senders'),
            source.senders.length === 0 ? null : <Lines key="s" lines={source.senders} />,
          ],
          [
            t('logSources.certificates'),
            source.certificates.length === 0
              ? null
              : source.certificates.map((hash) => (
                  <div key={hash}>
                    <HashText hash={hash} />
                  </div>
                )),
          ],
          [t('logSources.zone'), source.zone],
          [t('logSources.sessionZone'), source.fieldZones.session],
          [t('logSources.realm'), source.realm],
          [t('logSources.retention'), words('logRetention', source.retention)],
          [
            t('logSources.expected'),
            source.expectedPerHour?.toLocaleString() ?? t('logSources.expectedLearned'),
          ],
          [t('logSources.leaseSeconds'), source.leaseSeconds],
          [t('logSources.host'), source.host],
          [t('logSources.tolerance'), source.toleranceSeconds],
          [t('logSources.fixedYear'), source.fixedYear],
          [t('logSources.note'), source.note],
        ]}
      />
    </Panel>
  );
}

function Received({ source }: { source: LogSource }) {
  const { t } = useTranslation();
  return (
    <Panel title={t('logSources.received')}>
      <Facts
        items={[
          [t('logSources.records'), <Figure key="records" value={source.records} />],
          [t('logSources.unparsable'), <Figure key="unparsable" value={source.unparsable} />],
          [t('logSources.firstRecv'), source.firstRecv && dateTime(source.firstRecv)],
          [t('logSources.lastRecv'), source.lastRecv ? dateTime(source.lastRecv) : t('logs.never')],
          [t('logSources.adoptedAt'), source.adoptedAt && dateTime(source.adoptedAt)],
          [t('logSources.retiredAt'), source.retiredAt && dateTime(source.retiredAt)],
          [
            t('logSources.clock'),
            <>
              <ClockText clock={source.clock} />
              <OddTimesOf source={source} />
            </>,
          ],
        ]}
      />
    </Panel>
  );
}

/** What the catalogue counted of lines whose times cannot be: also for files, whose clocks are not estimated. */
function OddTimesOf({ source }: { source: LogSource }) {
  const { t } = useTranslation();
  const { data } = useQuery({
    queryKey: ['logs', 'times', source.id],
    queryFn: ({ signal }) => call(sourceTimes, { params: { id: source.id } }, { signal }),
    enabled: source.records > 0,
  });
  if (!data || data.ahead + data.aged === 0) return null;
  return (
    <>
      <OddTimes ahead={data.ahead} aged={data.aged} />
      {data.latest === null ? null : (
        <div className="jd-faint">{t('logSources.latestTime', { at: dateTime(data.latest) })}</div>
      )}
      {data.earliest === null ? null : (
        <div className="jd-faint">{t('logSources.earliestTime', { at: dateTime(data.earliest) })}</div>
      )}
    </>
  );
}

function Figure({ value }: { value: number }) {
  return <span className="jd-num">{value.toLocaleString()}</span>;
}

function Lines({ lines }: { lines: readonly string[] }) {
  return lines.map((line) => (
    <div key={line} className="jd-mono jd-break">
      {line}
    </div>
  ));
}
