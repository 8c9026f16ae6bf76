import {
  CheckCircleFilled,
  ClockCircleFilled,
  CloseCircleFilled,
  ExclamationCircleFilled,
  InfoCircleFilled,
  MinusCircleFilled,
} from '@ant-design/icons';
import type { ReactNode } from 'react';

/** What a state means for the reader. Every tone has its own icon: the meaning never rests on colour alone. */
export type Tone = 'ok' | 'warn' | 'danger' | 'info' | 'neutral' | 'waiting';

const icons: Record<Tone, ReactNode> = {
  ok: <CheckCircleFilled />,
  warn: <ExclamationCircleFilled />,
  danger: <CloseCircleFilled />,
  info: <InfoCircleFilled />,
  neutral: <MinusCircleFilled />,
  waiting: <ClockCircleFilled />,
};

/** The icon of a tone, for lists that have their own layout. */
export function toneIcon(tone: Tone): ReactNode {
  return icons[tone];
}

/** A state in words with its icon. */
export function StatusTag({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={`jd-tag jd-tag--${tone === 'waiting' ? 'warn' : tone}`}>
      <span aria-hidden="true">{icons[tone]}</span>
      {children}
    </span>
  );
}
