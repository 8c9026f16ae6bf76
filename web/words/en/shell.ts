export const app = {
  name: 'Jiaodun',
  tagline: 'Accountability for school networks',
  skip: 'Skip to content',
  demo: 'Demonstration',
  menu: 'Navigation',
  openMenu: 'Open navigation',
  mainRegion: 'Content',
};

export const nav = {
  work: 'Workbench',
  home: 'Home',
  messages: 'Messages',
  register: 'Register',
  units: 'Units',
  people: 'People',
  fiveInPlace: 'Five in place',
  certificates: 'Certificates',
  callBacks: 'Call-backs',
  sites: 'Websites',
  devices: 'Devices',
  allocations: 'Address allocations',
  pollers: 'SNMP polling',
  watch: 'Monitoring',
  findings: 'Findings',
  findingOrders: 'Orders to mend',
  logs: 'Log search',
  logSources: 'Log sources',
  logForward: 'Log forwarding',
  logRetention: 'Log retention',
  logCompleteness: 'Completeness of logs',
  words: 'Word list',
  documents: 'Check files',
  wall: 'All websites at a glance',
  campaigns: 'Campaigns',
  respond: 'Response',
  incidents: 'Incidents',
  trace: 'Tracing',
  traceReport: 'Report of traces',
  traceDrills: 'Trace drills',
  traceCoverage: 'What traces rest on',
  natSizing: 'Sizing of NAT logs',
  shield: 'Blocking',
  system: 'Administration',
  users: 'Accounts and roles',
  signInSecurity: 'Sign-in security',
  permissions: 'Permissions',
  signInMethods: 'Sign-in methods',
  policy: 'Incident policy',
  tasks: 'Tasks',
  taskRequests: 'Requests',
  taskProgress: 'Progress',
  taskRules: 'Rules of tasks',
  channels: 'Message channels',
  messageTemplates: 'Message templates',
  escalation: 'Escalation chains',
  handle: 'Handling',
  inspect: 'Inspections',
  training: 'Training',
  auditGroup: 'Audit',
  audit: 'Audit log',
};

export const action = {
  retry: 'Try again',
  reload: 'Reload',
  cancel: 'Cancel',
  save: 'Save',
  open: 'Open',
  close: 'Close',
  copy: 'Copy',
  copied: 'Copied',
  back: 'Back',
  confirm: 'OK',
  download: 'Download',
  all: 'All',
  more: 'See all',
};

export const state = {
  loading: 'Loading',
  none: 'None',
  unknown: 'Unknown',
  system: 'System ({{part}})',
  yes: 'Yes',
  no: 'No',
};

export const form = {
  optional: 'optional',
  draftKept: 'Draft kept in this browser {{time}}',
  draftFound: 'What you had not sent yet is back',
  discardDraft: 'Discard the draft',
  chinaTime: 'China Standard Time',
};

export const invalid = {
  required: 'Please fill this in',
  textMin: 'At least {{limit}} characters',
  textMax: 'At most {{limit}} characters',
  numberMin: 'Not less than {{limit}}',
  numberMax: 'Not more than {{limit}}',
  listMin: 'At least {{limit}}',
  listMax: 'At most {{limit}}',
  choice: 'Choose one of the list',
  number: 'A number, please',
  url: 'Not an address that begins with http:// or https://',
  email: 'Not an e-mail address',
  time: 'Not a date and time',
  ip: 'Not an IP address',
  format: 'Not well formed',
  example: '{{problem}}, e.g. {{example}}',
};

export const list = {
  total: '{{count}} in all',
  totalMore: '{{count}}+ rows',
  export: 'Export',
  exportCut: 'Only the first {{count}} were exported; narrow the list with a filter',
  nothingFound: 'Nothing matches',
  nothingFoundHint: 'Try other words, or clear the filters.',
  wrongFilter: 'The filters in this address are wrong: nothing was looked up',
  wrongFilterHint:
    'The address was probably edited, or is from a view or bookmark of before. Clear the filters and choose again.',
  clearFilters: 'Clear filters',
  actions: 'Actions',
  search: 'Search',
};

export const error = {
  code: 'Error code',
  pageFailed: 'This page failed',
  pageFailedHint:
    'Your drafts are kept. If it fails again after a reload, tell the administrator the error code.',
  noRecord: 'There is no such record',
  recordFailed: 'This record cannot be opened',
  notFound: 'There is no such page',
  notFoundHint: 'The address may be wrong, or you may not be allowed to see it.',
  goHome: 'Back to the workbench',
  forbidden: 'You may not see this page',
  forbiddenHint: 'It needs the permission “{{permission}}”. Ask your administrator if your work needs it.',
};

export const countdown = {
  due: 'Due',
  calm: 'Time left',
  urgent: 'Almost due, left',
  over: 'Overdue by',
  stripLabel: 'Open reporting duties',
  bureau: 'to the bureau',
  police: 'to the police',
  more: 'and {{count}} more',
  awaitingAck: 'sent, not yet acknowledged',
  duty: '{{to}}: not sent',
  dutySent: '{{to}}: not acknowledged',
};

export const chart = { table: 'Show the figures' };

export const secret = { sealed: 'Name sealed' };

export const prefs = {
  appearance: 'Appearance',
  light: 'Light',
  dark: 'Dark',
  system: 'As the system',
  language: 'Language',
  switchToEnglish: 'English',
  switchToChinese: '中文',
};

export const user = {
  menu: 'User menu',
  signOut: 'Sign out',
  changePassword: 'Change password',
  roles: 'Roles',
};

export const bell = {
  label: 'Messages, {{count}} unread',
  title: 'Latest messages',
  empty: 'No unread messages',
  all: 'All messages',
  markRead: 'Mark as read',
  live: 'Live updates connected',
  notLive: 'Live updates lost, reconnecting',
};
