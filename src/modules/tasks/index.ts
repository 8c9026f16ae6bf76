export { askOffice, officeOver, type RaisedTask, raiseTask } from './raise-task.ts';
export { type Outcome, settleTask } from './settle-task.ts';
