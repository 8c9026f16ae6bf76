/** One to-do item, its list and the acts upon it. */
import { z } from 'zod';
import { event, idParams, listOf, listQuery, route, sortBy, time } from '#base/contract';
import { post } from '#units/contract';

export const taskState = z.enum(['open', 'claimed', 'signing', 'returned', 'done', 'cancelled']);
export type TaskState = z.infer<typeof taskState>;

/** Whom a task is given to: an account, or whoever holds a post or a role in the task's unit. */
export const assignee = z.union([
  z.object({ accountId: z.uuid() }),
  z.object({ post }),
  z.object({ role: z.string().regex(/^[a-z_]{1,40}$/) }),
]);
export type Assignee = z.infer<typeof assignee>;

/** Who is to act, in words for the UI: `post` and `role` are keys of its word lists. */
export const holder = z.object({
  post: z.string().nullable(),
  role: z.string().nullable(),
  accountName: z.string().nullable(),
});

const words = (least: number, most: number) => z.string().trim().min(least).max(most);

export const acts = {
  claim: z.object({ act: z.literal('claim') }),
  give_back: z.object({ act: z.literal('give_back') }),
  finish: z.object({ act: z.literal('finish'), answer: words(0, 5000).default('') }),
  return: z.object({ act: z.literal('return'), reason: words(2, 500), field: words(0, 60).default('') }),
  reissue: z.object({ act: z.literal('reissue'), note: words(0, 500).default(''), dueAt: time.optional() }),
  transfer: z.object({ act: z.literal('transfer'), to: assignee, reason: words(2, 500) }),
  delegate: z.object({ act: z.literal('delegate'), accountId: z.uuid(), until: time }),
  recall: z.object({ act: z.literal('recall') }),
  sign: z.object({ act: z.literal('sign'), note: words(0, 500).default('') }),
  send_back: z.object({
    act: z.literal('send_back'),
    reason: words(2, 500),
    field: words(0, 60).default(''),
  }),
  add_signer: z.object({
    act: z.literal('add_signer'),
    signer: assignee,
    rule: z.enum(['all', 'any']).default('all'),
  }),
  copy: z.object({ act: z.literal('copy'), accountId: z.uuid() }),
  comment: z.object({ act: z.literal('comment'), text: words(1, 2000) }),
  withdraw: z.object({ act: z.literal('withdraw'), reason: words(2, 500) }),
} as const;

export const actName = z.enum([
  'claim',
  'give_back',
  'finish',
  'return',
  'reissue',
  'transfer',
  'delegate',
  'recall',
  'sign',
  'send_back',
  'add_signer',
  'copy',
  'comment',
  'withdraw',
]);
export type ActName = z.infer<typeof actName>;

export const actBody = z.discriminatedUnion('act', [
  acts.claim,
  acts.give_back,
  acts.finish,
  acts.return,
  acts.reissue,
  acts.transfer,
  acts.delegate,
  acts.recall,
  acts.sign,
  acts.send_back,
  acts.add_signer,
  acts.copy,
  acts.comment,
  acts.withdraw,
]);
export type Act = z.infer<typeof actBody>;

export const task = z.object({
  id: z.uuid(),
  kind: z.string(),
  unitId: z.uuid(),
  unitName: z.string(),
  title: z.string(),
  why: z.string(),
  legalBasis: z.string(),
  link: z.string().nullable(),
  dueAt: time,
  overdue: z.boolean(),
  minutes: z.number().int(),
  state: taskState,
  holder,
  claimedBy: z.string().nullable(),
  claimedByName: z.string().nullable(),
  delegateName: z.string().nullable(),
  delegateUntil: time.nullable(),
  askedByName: z.string(),
  returnedReason: z.string().nullable(),
  returnedField: z.string().nullable(),
  byMachine: z.boolean(),
  campaignId: z.uuid().nullable(),
  raisedAt: time,
  settledAt: time.nullable(),
  doneByName: z.string().nullable(),
  outcome: z.string().nullable(),
  /** Nobody holds the post or role: the unit's people see it instead, and its bureau should know. */
  nobody: z.boolean(),
});
export type TaskItem = z.infer<typeof task>;

export const taskView = z.enum(['mine', 'asked', 'copied', 'done', 'team']);

export const listTasks = route({
  method: 'GET',
  path: '/api/tasks',
  summary:
    'To-do items: the caller’s own by due time (`mine`), asked by the caller, copied, done, or the team’s.',
  access: 'tasks.work',
  query: listQuery.extend({
    sort: sortBy('dueAt', 'raisedAt', 'minutes', 'settledAt'),
    view: taskView.default('mine'),
    kind: z.string().max(60).optional(),
    state: taskState.optional(),
    unitId: z.uuid().optional(),
    campaignId: z.uuid().optional(),
    late: z.stringbool().optional(),
    nobody: z.stringbool().optional(),
  }),
  reply: listOf(task),
});

export const taskSummary = route({
  method: 'GET',
  path: '/api/tasks/summary',
  summary: 'How much the caller has to do: number, late ones, minutes, signatures, and what came back.',
  access: 'tasks.work',
  reply: z.object({
    open: z.number().int(),
    late: z.number().int(),
    minutes: z.number().int(),
    toSign: z.number().int(),
    cameBack: z.number().int(),
    nextDueAt: time.nullable(),
  }),
});

export const history = z.object({
  seq: z.number().int(),
  act: z.string(),
  before: taskState.nullable(),
  after: taskState,
  actorName: z.string(),
  at: time,
  reason: z.string().nullable(),
  field: z.string().nullable(),
  text: z.string().nullable(),
  to: z.string().nullable(),
});

export const taskFile = z.object({
  id: z.uuid(),
  name: z.string(),
  bytes: z.number().int(),
  round: z.number().int(),
  addedByName: z.string(),
  at: time,
});

export const taskDetail = task.extend({
  wantsFile: z.boolean(),
  round: z.number().int(),
  signRule: z.enum(['none', 'all', 'any']),
  signers: z.array(holder.extend({ signedByName: z.string().nullable(), signedAt: time.nullable() })),
  submissions: z.array(
    z.object({ round: z.number().int(), doneByName: z.string(), answer: z.string(), at: time }),
  ),
  files: z.array(taskFile),
  copies: z.array(z.string()),
  history: z.array(history),
  /** Who may act now, by name; empty when nobody holds it. */
  holders: z.array(z.string()),
  /** What the caller may do now. */
  allowed: z.array(actName),
});
export type TaskDetail = z.infer<typeof taskDetail>;

export const getTask = route({
  method: 'GET',
  path: '/api/tasks/:id',
  summary: 'One task with its history, and what the caller may do with it.',
  access: 'tasks.work',
  params: idParams,
  reply: taskDetail,
});

/** Who could be given a task, or be told of it. */
export const taskPerson = z.object({ id: z.uuid(), name: z.string(), unitName: z.string() });

export const listTaskPeople = route({
  method: 'GET',
  path: '/api/tasks/:id/people',
  summary: 'People who see the unit of a task: to whom it may be given; at most 50.',
  access: 'tasks.work',
  params: idParams,
  query: z.object({ q: z.string().trim().max(60).optional() }),
  reply: z.object({ items: z.array(taskPerson) }),
});

export const actOnTask = route({
  method: 'POST',
  path: '/api/tasks/:id/acts',
  summary:
    'Claims, gives back, hands in, returns, transfers, delegates, countersigns, copies, comments or withdraws.',
  access: 'tasks.work',
  params: idParams,
  body: actBody,
  reply: taskDetail,
});

export const actOnMany = route({
  method: 'POST',
  path: '/api/tasks/batch',
  summary: 'Signs, sends back, claims or hands in many tasks at once; each one succeeds or fails for itself.',
  access: 'tasks.work',
  body: z.object({
    ids: z.array(z.uuid()).min(1).max(200),
    act: z.discriminatedUnion('act', [acts.sign, acts.send_back, acts.claim, acts.finish]),
  }),
  reply: z.object({
    done: z.number().int(),
    failed: z.array(z.object({ id: z.uuid(), code: z.string(), zh: z.string(), en: z.string() })),
  }),
});

export const addTaskFile = route({
  method: 'POST',
  path: '/api/tasks/:id/files',
  summary: 'Adds a file to what is to be handed in; at most 20 MiB, ten a submission.',
  access: 'tasks.work',
  params: idParams,
  query: z.object({ fileName: words(1, 200) }),
  accepts: 'stream',
  reply: taskFile,
});

export const getTaskFile = route({
  method: 'GET',
  path: '/api/tasks/:id/files/:fileId',
  summary: 'A file that was handed in, always as a download.',
  access: 'tasks.work',
  params: z.object({ id: z.uuid(), fileId: z.uuid() }),
  produces: 'file',
});

/** A task of this unit changed: screens refresh. */
export const taskChanged = event(
  'tasks.changed',
  z.object({ taskId: z.uuid().nullable(), kind: z.string() }),
);

/** A task is done or cancelled. `key` is the one that it was raised with. */
export const taskSettled = event(
  'tasks.settled',
  z.object({
    taskId: z.uuid(),
    key: z.string(),
    kind: z.string(),
    state: z.enum(['done', 'cancelled']),
    outcome: z.string().nullable(),
    by: z.string(),
  }),
);
