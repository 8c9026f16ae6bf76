import type { ReactNode } from 'react';
import { dateTime } from './moment.ts';
import { type Tone, toneIcon } from './status-tag.tsx';

export interface TimelineItem {
  readonly key: string;
  readonly at?: string | null;
  readonly tone: Tone;
  readonly title: ReactNode;
  readonly body?: ReactNode;
}

/** What happened, in order, each with its time to the second. */
export function Timeline({ items }: { items: readonly TimelineItem[] }) {
  return (
    <ol className="jd-timeline">
      {items.map((item) => (
        <li key={item.key} className="jd-timeline__item">
          <span
            className={`jd-timeline__dot jd-tag--${item.tone === 'waiting' ? 'warn' : item.tone}`}
            aria-hidden="true"
          >
            {toneIcon(item.tone)}
          </span>
          <div>{item.title}</div>
          {item.at ? <time className="jd-timeline__time jd-num">{dateTime(item.at)}</time> : null}
          {item.body ? <div className="jd-timeline__body">{item.body}</div> : null}
        </li>
      ))}
    </ol>
  );
}
