/** Words of websites that are retired, and of their correction. */
export const siteRetired = {
  retire: '注销网站',
  restore: '恢复网站',
  reason: '理由',
  retireHint:
    '注销后不再探测、检查，不计入态势和名单；未关闭的问题和待办随之了结，历史全部保留；域名可以重新登记。以后可以恢复。',
  restoreHint: '恢复后马上重新检查。域名已被重新登记的，不能恢复。',
  retireDone: '网站已注销',
  restoreDone: '网站已恢复，马上开始检查',
  note: '{{byName}}于 {{at}} 注销了这个网站：{{reason}}',
  noteOfficer: '不再探测和检查，历史保留。注销错了可以恢复。',
  noteSchool: '不再探测和检查，历史保留。要恢复，请联系县、市管理员。',
  askOfficer: '网站停用或域名登记错了，请县、市管理员注销。',
  noFindings: '注销以后不再检查；以前的检查见下面的记录。',
  state: '登记状态',
  inUse: '在用',
  retired: '已注销',
  urlFree: '还没有读到过网页，可以更正。',
  urlFixed: '已经读到过网页：域名不能再改，可以改协议和路径。域名错了，请县、市管理员注销后重新登记。',
  urlReason: '改网址的理由',
  urlReasonHelp: '只在改首页网址时填写',
} as const;
