import type { Tone } from '../ui/status-tag.tsx';

/** The tone of each value that a state tag shows. A value that is newer than this page is neutral. */
const tones: Record<string, Record<string, Tone>> = {
  siteHealth: { unknown: 'neutral', clean: 'ok', faulty: 'danger', unreachable: 'warn', blocked: 'warn' },
  checkState: {
    running: 'waiting',
    clean: 'ok',
    faulty: 'danger',
    unreachable: 'warn',
    blocked: 'warn',
    failed: 'danger',
  },
  severity: { info: 'neutral', low: 'info', medium: 'warn', high: 'danger', critical: 'danger' },
  findingState: { open: 'danger', fixed: 'waiting', closed: 'ok', false_alarm: 'neutral' },
  incidentState: { responding: 'danger', contained: 'warn', closed: 'ok', dismissed: 'neutral' },
  receiptLevel: {
    composed: 'neutral',
    sent: 'waiting',
    accepted: 'waiting',
    delivered: 'info',
    opened: 'info',
    acknowledged: 'ok',
    failed: 'danger',
  },
  verdict: { proven: 'ok', probable: 'info', ambiguous: 'warn', not_provable: 'neutral' },
  coverage: { covered: 'ok', gap: 'warn', unknown: 'neutral' },
  revealState: { requested: 'waiting', approved: 'ok', refused: 'danger', expired: 'neutral' },
  grantState: { proposed: 'waiting', approved: 'ok', refused: 'danger' },
  exportState: { queued: 'waiting', ready: 'ok', failed: 'danger', expired: 'neutral' },
  zoneCheck: { passed: 'ok', not_checked: 'neutral' },
};

export function toneOf(name: string, value: string): Tone {
  return tones[name]?.[value] ?? 'neutral';
}
