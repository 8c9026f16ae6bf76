/** What was done with addresses, devices and traces, by the audit log’s name of it. */
export const addressActs = {
  allocate: '分配地址段',
  approve_exit_exception: '批准出口例外',
  change_custody: '变更设备责任人',
  change_prefix: '修改地址段',
  change_realm: '修改路由域',
  correct_custody: '更正设备责任人',
  declare_nat: '登记端口块规则',
  end_nat: '停用端口块规则',
  follow_merge: '设备与地址随单位合并移交',
  give_prefix: '批准地址段申请',
  hand_over: '移交设备',
  hand_over_devices: '移交设备',
  merge: '合并地址段',
  reclaim: '收回地址段',
  refuse_exit_exception: '不批准出口例外',
  refuse_prefix: '不批准地址段申请',
  register_realm: '登记路由域',
  request_exit_exception: '申请出口例外',
  request_prefix: '申请地址段',
  split: '等分地址段',
  take_over: '接管设备',
  withdraw_prefix_request: '撤回地址段申请',
  change_poller: '修改 SNMP 采集',
  device_changed: '修改设备',
  device_registered: '登记设备',
  device_retired: '停用设备',
  devices_exported: '导出设备',
  discovered_ignored: '忽略发现的设备',
  holders_shown: '查看设备历任责任人',
  rebuild_bindings: '重建地址绑定',
  register_poller: '登记 SNMP 采集',
};

/** The parts of the program that act there by themselves. */
export const addressParts = {
  bind: '地址绑定',
  bind_segment: '地址绑定',
  check_exits: '出口核对',
  follow_merge: '单位合并后的移交',
  look: '设备核对',
  look_again: '设备复查',
  poll: 'SNMP 采集',
  rebuild: '重建地址绑定',
};

export const traceActs = {
  annex: '生成密封附件',
  bag: '导出溯源证据包',
  bulk: '开始批量溯源',
  bulk_done: '批量溯源完成',
  bulk_export: '导出批量溯源结果',
  destinations_propose: '提出目的地址规则',
  drill_finish: '溯源演练完成',
  drill_start: '开始溯源演练',
  report: '生成溯源报告',
  ask: '发起溯源',
  reveal_approve: '批准查看姓名',
  reveal_open: '查看姓名',
  reveal_refuse: '不批准查看姓名',
  reveal_request: '申请查看姓名',
};

export const traceParts = {
  bulk: '批量溯源',
  coverage: '溯源依据',
  drill: '溯源演练',
};
