/** Words of the frame around every page: navigation, actions, states, errors. */
export const app = {
  name: '教盾',
  tagline: '教育网络信息安全责任平台',
  skip: '跳到正文',
  demo: '演示环境',
  menu: '导航菜单',
  openMenu: '打开导航菜单',
  mainRegion: '正文',
} as const;

export const nav = {
  work: '工作台',
  home: '首页',
  messages: '消息',
  register: '台账',
  units: '单位',
  people: '人员',
  fiveInPlace: '五到位',
  certificates: '持证上岗',
  callBacks: '电话回拨',
  sites: '网站',
  devices: '设备',
  allocations: '地址分配',
  pollers: 'SNMP 采集',
  watch: '监测',
  findings: '问题',
  findingOrders: '责令整改',
  logs: '日志检索',
  logSources: '日志源',
  logForward: '日志转发',
  logRetention: '日志留存',
  logCompleteness: '日志完整性',
  words: '词表',
  documents: '检查文件',
  wall: '网站全景',
  campaigns: '跨校事件',
  respond: '事件',
  incidents: '事件',
  trace: '溯源',
  traceReport: '溯源查询报告',
  traceDrills: '溯源演练',
  traceCoverage: '溯源依据',
  natSizing: '转换日志容量',
  shield: '封堵',
  system: '系统管理',
  users: '账号与角色',
  signInSecurity: '登录安全',
  permissions: '权限',
  signInMethods: '登录方式',
  policy: '事件规则',
  tasks: '待办',
  taskRequests: '布置事项',
  taskProgress: '办理进度',
  taskRules: '待办规则',
  channels: '消息通道',
  messageTemplates: '消息模板',
  escalation: '升级链',
  handle: '办理',
  inspect: '检查考核',
  training: '培训',
  auditGroup: '审计',
  audit: '审计日志',
} as const;

export const action = {
  retry: '重试',
  reload: '刷新',
  cancel: '取消',
  save: '保存',
  open: '打开',
  close: '关闭',
  copy: '复制',
  copied: '已复制',
  back: '返回',
  confirm: '确定',
  download: '下载',
  all: '全部',
  more: '查看全部',
} as const;

export const state = {
  loading: '正在加载',
  none: '无',
  unknown: '未知',
  system: '系统（{{part}}）',
  yes: '是',
  no: '否',
} as const;

export const form = {
  optional: '选填',
  draftKept: '草稿已保存在本浏览器 {{time}}',
  draftFound: '已恢复上次没有提交的内容',
  discardDraft: '清除草稿',
  chinaTime: '北京时间',
} as const;

export const invalid = {
  required: '请填写',
  textMin: '至少 {{limit}} 个字',
  textMax: '最多 {{limit}} 个字',
  numberMin: '不能小于 {{limit}}',
  numberMax: '不能大于 {{limit}}',
  listMin: '至少 {{limit}} 项',
  listMax: '最多 {{limit}} 项',
  choice: '请从列表中选择',
  number: '请填写数字',
  url: '网址不对，应以 http:// 或 https:// 开头',
  email: '邮箱格式不对',
  time: '时间格式不对',
  ip: 'IP地址不对',
  format: '格式不对',
  example: '{{problem}}，例如 {{example}}',
} as const;

export const list = {
  total: '共 {{count}} 条',
  totalMore: '{{count}} 条以上',
  export: '导出',
  exportCut: '只导出了前 {{count}} 条，请用筛选缩小范围',
  nothingFound: '没有符合条件的记录',
  nothingFoundHint: '换个关键词，或清除筛选条件再看。',
  wrongFilter: '地址里的筛选条件不对，没有查询',
  wrongFilterHint: '多半是地址被改过，或来自以前保存的视图、收藏。清除筛选后重新选择。',
  clearFilters: '清除筛选',
  actions: '操作',
  search: '搜索',
} as const;

export const error = {
  code: '错误代码',
  pageFailed: '这个页面出错了',
  pageFailedHint: '已填写的草稿还在。刷新后如仍出错，请把错误代码告诉管理员。',
  noRecord: '没有找到这条记录',
  recordFailed: '这条记录打不开',
  notFound: '没有这个页面',
  notFoundHint: '地址可能写错了，或者您没有查看它的权限。',
  goHome: '回到工作台',
  forbidden: '没有查看这一页的权限',
  forbiddenHint: '需要权限“{{permission}}”。如工作需要，请联系本单位管理员申请。',
} as const;

export const countdown = {
  due: '截止',
  calm: '剩余',
  urgent: '即将超时，剩余',
  over: '已超时',
  stripLabel: '未完成的报告义务',
  bureau: '报教育局',
  police: '报公安',
  more: '另有 {{count}} 项',
  awaitingAck: '已发送，待签收',
  duty: '{{to}}未发送',
  dutySent: '{{to}}待签收',
} as const;

export const chart = { table: '查看数据表' } as const;

export const secret = { sealed: '姓名已密封' } as const;

export const prefs = {
  appearance: '外观',
  light: '浅色',
  dark: '深色',
  system: '跟随系统',
  language: '语言',
  switchToEnglish: 'English',
  switchToChinese: '中文',
} as const;

export const user = {
  menu: '用户菜单',
  signOut: '退出登录',
  changePassword: '修改密码',
  roles: '角色',
} as const;

export const bell = {
  label: '消息，{{count}} 条未读',
  title: '最新消息',
  empty: '没有未读消息',
  all: '查看全部消息',
  markRead: '标为已读',
  live: '实时更新已连接',
  notLive: '实时更新已断开，正在重连',
} as const;
