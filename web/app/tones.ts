import type { Tone } from '../ui/status-tag.tsx';

/** The tone of each value that a state tag shows. A value that is newer than this page is neutral. */
const tones: Record<string, Record<string, Tone>> = {
  logSourceState: { active: 'ok', quarantined: 'warn', retired: 'neutral' },
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
  taskState: {
    open: 'info',
    claimed: 'waiting',
    signing: 'waiting',
    returned: 'warn',
    done: 'ok',
    cancelled: 'neutral',
  },
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
  deliveryState: { waiting: 'waiting', sending: 'info', done: 'ok', dead: 'danger', given_up: 'neutral' },
  attemptOutcome: {
    accepted: 'ok',
    permanent: 'danger',
    temporary: 'warn',
    unreachable: 'danger',
    unknown: 'warn',
  },
  verdict: { proven: 'ok', probable: 'info', ambiguous: 'warn', not_provable: 'neutral' },
  coverage: { covered: 'ok', gap: 'warn', unknown: 'neutral' },
  revealState: { requested: 'waiting', approved: 'ok', refused: 'danger', expired: 'neutral' },
  grantState: { proposed: 'waiting', approved: 'ok', refused: 'danger', revoked: 'neutral' },
  delegationState: {
    offered: 'waiting',
    accepted: 'ok',
    declined: 'neutral',
    ended: 'neutral',
    over: 'neutral',
  },
  composedState: {
    proposed: 'waiting',
    active: 'ok',
    refused: 'danger',
    replaced: 'neutral',
    retired: 'neutral',
  },
  tokenState: {
    proposed: 'waiting',
    active: 'ok',
    refused: 'danger',
    revoked: 'neutral',
    expired: 'neutral',
  },
  exportState: { queued: 'waiting', ready: 'ok', failed: 'danger', expired: 'neutral' },
  unitState: { open: 'ok', closed: 'neutral', merged: 'neutral' },
  unitChangeState: { planned: 'waiting', applied: 'ok', cancelled: 'neutral', failed: 'danger' },
  certificateState: {
    valid: 'ok',
    expiring: 'warn',
    expired: 'danger',
    unverified: 'waiting',
    refused: 'danger',
    withdrawn: 'neutral',
  },
  callResult: { reached: 'ok', no_answer: 'warn', wrong_person: 'danger', out_of_service: 'danger' },
  exceptionState: { proposed: 'waiting', approved: 'ok', refused: 'danger', expired: 'neutral' },
  fiveState: { in_place: 'ok', partly: 'warn', missing: 'danger', unknown: 'neutral' },
  ssoVersionState: { proposed: 'waiting', approved: 'ok', refused: 'danger' },
  bindingState: { pending: 'waiting', bound: 'ok', refused: 'danger', unbound: 'neutral' },
  zoneCheck: { passed: 'ok', not_checked: 'neutral' },
};

export function toneOf(name: string, value: string): Tone {
  return tones[name]?.[value] ?? 'neutral';
}
