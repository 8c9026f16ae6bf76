export * from './contract/campaigns.ts';
export * from './contract/oversight.ts';
export * from './contract/tasks.ts';

export const permissions = {
  'tasks.work': { zh: '办理自己的待办', en: 'Work on one’s own tasks' },
  'tasks.team': { zh: '查看本单位及下级的待办进度', en: 'See the progress of the unit and those below' },
  'tasks.ask': { zh: '向下级单位布置事项、催办', en: 'Ask something of units below, and remind them' },
  'tasks.policy': { zh: '设置待办规则与工作日历', en: 'Set the rules of tasks and the working calendar' },
} as const;

export const errors = {
  'tasks.not_yours': {
    status: 403,
    zh: '这件事现在由 {who} 办理，你不能做“{act}”',
    en: 'This task is with {who}; you cannot do “{act}”',
  },
  'tasks.claimed': {
    status: 409,
    zh: '{who} 已经签收了这件事',
    en: '{who} has claimed this task already',
  },
  'tasks.wrong_state': {
    status: 409,
    zh: '这件事现在是“{state}”状态，不能做“{act}”',
    en: 'This task is {state} now; “{act}” is not possible',
  },
  'tasks.own_work': {
    status: 403,
    zh: '这件事是对你自己提出的事项的审核，须由另一人办理',
    en: 'This is a review of what you yourself proposed; another person must do it',
  },
  'tasks.own_submission': {
    status: 403,
    zh: '提交人不能为自己会签，须由另一人会签',
    en: 'Who handed it in cannot countersign it; another person must',
  },
  'tasks.closes_itself': {
    status: 409,
    zh: '这件事办完后由系统自动核销，请到“{link}”办理',
    en: 'The system closes this task when it sees that it is done; go to {link}',
  },
  'tasks.no_asker': {
    status: 409,
    zh: '这件事由系统提出，没有可退回的人；可以转办给别人',
    en: 'This task was raised by the system and has nobody to go back to; transfer it instead',
  },
  'tasks.nobody_there': {
    status: 422,
    zh: '“{who}”不在可见范围内，或看不到这个单位的事项',
    en: '“{who}” is unknown, or cannot see the tasks of this unit',
  },
  'tasks.too_soon': {
    status: 422,
    zh: '截止时间太近：至少留 {days} 个工作日，最早 {earliest}',
    en: 'The deadline is too near: leave {days} working days at least; the earliest is {earliest}',
  },
  'tasks.until_past': {
    status: 422,
    zh: '代办期限（until）必须是将来的时间',
    en: 'The end of a delegation (until) must lie in the future',
  },
  'tasks.no_basis': {
    status: 422,
    zh: '必须写明依据（legalBasis）：文号（如 教办〔2026〕12号）、法律条款（如《网络安全法》第二十三条）或通知条目（D1–D55）',
    en: 'A legal basis is required (legalBasis): a document number (教办〔2026〕12号), an article of a law (《…法》第…条) or a duty of the notice (D1–D55)',
  },
  'tasks.over_cap': {
    status: 409,
    zh: '{count} 个单位本月已有 {cap} 件以上布置事项（如 {units}）。确需布置，请勾选“已知晓”（acceptOverload）',
    en: '{count} units already have {cap} requests or more this month (e.g. {units}). To ask anyway, confirm it (acceptOverload)',
  },
  'tasks.no_units': {
    status: 422,
    zh: '没有选到任何在你管理范围内的单位',
    en: 'No unit within your scope was chosen',
  },
  'tasks.file_needed': {
    status: 422,
    zh: '这件事要求上传附件（先上传，再提交）',
    en: 'This task asks for a file: upload it first, then hand in',
  },
  'tasks.nudged_enough': {
    status: 429,
    zh: '所选单位本周都已催办 {limit} 次，或没有逾期事项',
    en: 'The chosen units were all reminded {limit} times this week, or have nothing late',
  },
  'tasks.bad_calendar': {
    status: 422,
    zh: '日期 {day} 不属于 {year} 年，或同时列为放假和上班',
    en: 'Day {day} is not in {year}, or is both a day off and a working day',
  },
} as const;
