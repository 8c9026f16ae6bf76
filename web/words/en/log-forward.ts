/** Words of the forwarding of sealed logs. */
export const logForward = {
  title: 'Forwarding of logs',
  intro:
    'What a county seals is sent to the city in the order of its chain; the city checks hash, chain and signature of each segment and answers with a signed receipt.',
  sending: 'Forwarding of this system',
  target: 'Address of the city',
  progress: 'Delivered',
  progressOf: '{{sent}} of {{all}} segments',
  lag: 'Segments behind',
  lastDone: 'Last success',
  lastReceipt: 'Link in the last receipt',
  onTheWay: 'On its way',
  problem: 'Problem',
  none: 'No system forwards to this one',
  noneHint:
    'A county’s own system is listed here once its operators have set up forwarding (operator’s guide, “Forwarding”).',
  forwarders: 'Systems that forward to this one',
  name: 'Name',
  unit: 'Unit',
  received: 'Segments received',
  heard: 'Last heard',
  state: 'State',
  fine: 'Well',
  behind: 'Behind',
  refused: 'Refused',
  newKey: 'A new key waits',
  keys: 'Signing keys',
  accept: 'Accept key',
  acceptAsk:
    'First compare the fingerprint with its people over another way, such as the telephone: {{fingerprint}}',
  accepted: 'Key accepted',
};
