/** Acts of the module `watch` as the audit log holds them. */
export const watchActs = {
  propose_words: '提出词表修改',
  refuse_words: '不批准词表修改',
  withdraw_words: '撤回词表修改',
  start_rescan: '重新检查全部网站',
  act_rescan: '暂停、继续或取消重查',
  save_words: '修改词表',
  check_document: '检查文件',
  mask_document: '生成打码副本',
  scan_content: '检查文字或网页内容',
  save_policy: '修改巡查设置',
  open_campaign: '发现跨校事件',
  judge_campaign: '处理跨校事件',
  accept_baseline: '认可首页的样子',
  start_check: '开始检查',
  save_probe_rules: '修改探测规则',
  want_picture: '要求画出网页',
  draw_picture: '画出网页并标出位置',
  probe_now: '立即探测网站',
} as const;

/** Parts of the module that act by themselves. */
export const watchParts = {
  check: '网站检查',
  check_fix: '复测',
  first_check: '首次检查',
  pictures: '画网页',
  probe: '网站探测',
  probes: '探测排期',
  look: '域名与证书检查',
  probe_fix: '复测',
  rescan: '全部重查',
  rescan_step: '全部重查',
  schedule: '检查排期',
  'take-up': '接续检查',
} as const;
