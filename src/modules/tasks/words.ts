/** Words of states and acts for errors and sheets: the UI has its own, in two languages. */
import type { ActName, TaskState } from './contract.ts';

export const stateWords: Readonly<Record<TaskState, string>> = {
  open: '待办 open',
  claimed: '已签收 claimed',
  signing: '待会签 signing',
  returned: '已退回 returned',
  done: '已办结 done',
  cancelled: '已撤销 cancelled',
};

export const actWords: Readonly<Record<ActName, string>> = {
  claim: '签收 claim',
  give_back: '退签 give back',
  finish: '办结 hand in',
  return: '退回 return',
  reissue: '重新下达 issue again',
  transfer: '转办 transfer',
  delegate: '委托代办 delegate',
  recall: '收回委托 recall',
  sign: '会签 countersign',
  send_back: '打回重办 send back',
  add_signer: '加签 add a countersigner',
  copy: '抄送 copy',
  comment: '批注 comment',
  withdraw: '撤回 withdraw',
};
