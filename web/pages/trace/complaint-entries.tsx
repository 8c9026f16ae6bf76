import { Alert, Checkbox } from 'antd';
import { useTranslation } from 'react-i18next';
import { isDoubtful, type readComplaint } from '#trace/contract';
import type { RouteReply } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { dateTime } from '../../ui/moment.ts';
import { StatusTag } from '../../ui/status-tag.tsx';
import { addressText } from '../incidents/incident-traces.tsx';
import './trace.css';

export type Entry = RouteReply<typeof readComplaint>['entries'][number];

/** Whether an entry can be asked as it stands: a missing port makes the answer weaker, others impossible. */
export function isAskable(entry: Entry): boolean {
  return entry.at !== null && !entry.missing.includes('no_forwarder');
}

/** Whether it is chosen from the start: what may be another address or port is for a person to choose. */
export function isSure(entry: Entry): boolean {
  return isAskable(entry) && !isDoubtful(entry);
}

interface ComplaintEntriesProps {
  readonly entries: readonly Entry[];
  readonly chosen: ReadonlySet<number>;
  readonly onChange: (chosen: ReadonlySet<number>) => void;
}

/** What was read, entry by entry, with the line it stands in and what is missing. */
export function ComplaintEntries({ entries, chosen, onChange }: ComplaintEntriesProps) {
  const { t } = useTranslation();
  const words = useEnumWords();
  function toggle(index: number) {
    const next = new Set(chosen);
    if (!next.delete(index)) next.add(index);
    onChange(next);
  }
  return (
    <ul className="jd-complaint__list">
      {entries.map((entry, index) => (
        // Entries are in the order of the text and are replaced as a whole.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <li key={index} className="jd-complaint__entry">
          <Checkbox
            checked={chosen.has(index)}
            disabled={!isAskable(entry)}
            aria-label={`${t('complaint.column.choose')} ${addressText(entry.ip, entry.port)}`}
            onChange={() => toggle(index)}
          />
          <div>
            <strong className="jd-mono">{addressText(entry.ip, entry.port)}</strong>{' '}
            {entry.proto?.toUpperCase() ?? 'TCP / UDP'}
            {' · '}
            <span className="jd-num">
              {entry.at === null
                ? t('complaint.column.written', { time: entry.written ?? '—' })
                : dateTime(entry.at)}
            </span>
            {entry.dstIp === null ? null : (
              <span className="jd-faint">
                {' · '}
                {t('complaint.column.far', { address: addressText(entry.dstIp, entry.dstPort) })}
              </span>
            )}
            {entry.url === null ? null : (
              <span className="jd-faint jd-mono" style={{ overflowWrap: 'anywhere' }}>
                {' · '}
                {entry.url}
              </span>
            )}
            <div className="jd-complaint__marks">
              {entry.missing.length === 0 ? (
                <StatusTag tone="ok">{t('complaint.column.ready')}</StatusTag>
              ) : null}
              {entry.missing.map((gap) => (
                <StatusTag key={gap} tone={gap === 'no_port' ? 'warn' : 'danger'}>
                  {words('complaintGap', gap)}
                </StatusTag>
              ))}
              {entry.notes.map((note) => (
                <StatusTag key={note} tone="warn">
                  {words('complaintNote', note)}
                </StatusTag>
              ))}
            </div>
            <div className="jd-faint jd-complaint__text">
              {`${words('complaintSource', entry.source)} · ${t('complaint.column.line', { line: entry.line })} · ${entry.text}`}
            </div>
          </div>
        </li>
      ))}
    </ul>
  );
}

type Unread = RouteReply<typeof readComplaint>['unread'][number];

/** Passages that hold something like an address, a port or a time and are in no entry. */
export function ComplaintUnread({ unread }: { unread: readonly Unread[] }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  if (unread.length === 0) return null;
  return (
    <Alert
      type="warning"
      showIcon
      title={t('complaint.unread')}
      description={
        <ul className="jd-complaint__unread">
          {unread.map((one) => (
            <li key={`${one.line} ${one.text}`}>
              {one.holds.map((kind) => (
                <StatusTag key={kind} tone="warn">
                  {words('complaintUnread', kind)}
                </StatusTag>
              ))}{' '}
              {one.line === 0 ? null : `${t('complaint.column.line', { line: one.line })} · `}
              <span className="jd-mono">{one.text}</span>
            </li>
          ))}
        </ul>
      }
    />
  );
}
