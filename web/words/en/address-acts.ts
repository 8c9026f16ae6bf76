/** What was done with addresses, devices and traces, by the audit log’s name of it. */
export const addressActs = {
  allocate: 'Allocated a prefix',
  approve_exit_exception: 'Approved an exit exception',
  change_custody: 'Changed an owner',
  change_prefix: 'Changed a prefix',
  change_realm: 'Changed a realm',
  correct_custody: 'Corrected an owner',
  declare_nat: 'Declared a port-block rule',
  end_nat: 'Ended a port-block rule',
  follow_merge: 'handed devices and addresses over with a merged unit',
  give_prefix: 'Approved a request for a prefix',
  hand_over: 'Handed over devices',
  hand_over_devices: 'Handed over devices',
  merge: 'Merged prefixes',
  reclaim: 'Reclaimed a prefix',
  refuse_exit_exception: 'Refused an exit exception',
  refuse_prefix: 'Refused a request for a prefix',
  register_realm: 'Registered a realm',
  request_exit_exception: 'Requested an exit exception',
  request_prefix: 'Requested a prefix',
  split: 'Split a prefix',
  take_over: 'Took over devices',
  withdraw_prefix_request: 'Withdrew a request for a prefix',
  change_poller: 'Changed an SNMP poller',
  device_changed: 'Changed a device',
  device_registered: 'Registered a device',
  device_retired: 'Retired a device',
  devices_exported: 'Exported devices',
  discovered_ignored: 'Ignored a discovered device',
  holders_shown: 'Looked at the holders of a device',
  rebuild_bindings: 'Rebuilt the bindings',
  register_poller: 'Registered an SNMP poller',
};

/** The parts of the program that act there by themselves. */
export const addressParts = {
  bind: 'Address bindings',
  bind_segment: 'Address bindings',
  check_exits: 'Exit check',
  follow_merge: 'hand-over after a merger',
  look: 'Look at devices',
  look_again: 'Second look at devices',
  poll: 'SNMP polling',
  rebuild: 'Rebuilding of bindings',
};

export const traceActs = {
  annex: 'Made a sealed annex',
  bag: 'Exported the bag of a trace',
  bulk: 'Began a run of traces',
  bulk_done: 'A run of traces ended',
  bulk_export: 'Exported the results of a run',
  destinations_propose: 'Proposed a rule of destinations',
  drill_finish: 'A trace drill ended',
  drill_start: 'Began a trace drill',
  report: 'Made the report of a trace',
  ask: 'Asked for a trace',
  reveal_approve: 'Approved seeing a name',
  reveal_open: 'Saw a name',
  reveal_refuse: 'Refused seeing a name',
  reveal_request: 'Asked to see a name',
};

export const traceParts = {
  bulk: 'Runs of traces',
  coverage: 'What traces rest on',
  drill: 'Trace drills',
};
