/** The life of a task: who may do what when (`decideAct`), and what becomes of it (`evolve`). Pure. */
import type { Act, ActName, Assignee, TaskState } from './contract.ts';

/** Everything about a task that an act may change or depend on. */
export interface TaskCore {
  readonly state: TaskState;
  /** `account:<id>`, `post:<unit>:<post>` or `role:<unit>:<role>`. */
  readonly holderKey: string;
  readonly claimedBy: string | null;
  readonly delegate: { readonly id: string; readonly until: Date } | null;
  readonly askedBy: string | null;
  /** Whose work it is about: may not do it. */
  readonly author: string | null;
  readonly byMachine: boolean;
  readonly signRule: 'none' | 'all' | 'any';
  readonly signers: readonly string[];
  /** Keys of the present round that are signed. */
  readonly signed: readonly string[];
  readonly doneBy: string | null;
  readonly round: number;
}

/** Who acts, and what is known about them at this moment. */
export interface Who {
  readonly id: string;
  /** The holder and signer keys that this person fulfils now. */
  readonly keys: ReadonlySet<string>;
  readonly now: Date;
  /** Whether the one who claimed it still fulfils the holder's key. */
  readonly claimerHolds: boolean;
  /** Acts for the unit that asked. */
  readonly asks: boolean;
  /** Sees the task at all: may comment. */
  readonly sees: boolean;
}

/** What the history keeps of an act: enough to tell the state again. */
export interface ActRecord {
  readonly act: ActName | 'raise' | 'settle' | 'cancel' | 'again' | 'renew' | 'move';
  readonly actorId: string;
  readonly data: {
    /** New holder or signer, as a key. */
    readonly key?: string;
    /** Signer keys that a signature fulfils. */
    readonly keys?: readonly string[];
    readonly until?: string;
    readonly delegate?: string;
    readonly rule?: 'all' | 'any';
  };
}

export type Refusal = { readonly code: string };

type From = Readonly<Record<ActName, readonly TaskState[]>>;

const live = ['open', 'claimed', 'signing', 'returned'] as const satisfies readonly TaskState[];
const toDo = ['open', 'claimed'] as const satisfies readonly TaskState[];

/** The states in which each act is possible. */
export const actStates: From = {
  claim: toDo,
  give_back: ['claimed'],
  finish: toDo,
  return: toDo,
  reissue: ['returned'],
  transfer: toDo,
  delegate: toDo,
  recall: ['claimed'],
  sign: ['signing'],
  send_back: ['signing', 'done'],
  add_signer: ['open', 'claimed', 'signing'],
  copy: live,
  comment: ['open', 'claimed', 'signing', 'returned', 'done', 'cancelled'],
  withdraw: live,
};

interface Standing {
  /** May take it up: holds the key, and it is not about their own work. */
  readonly candidate: boolean;
  /** Has it: claimed it, or may take it over from one who no longer holds the key. */
  readonly holds: boolean;
  readonly standsIn: boolean;
  readonly signs: readonly string[];
}

function standingOf(task: TaskCore, who: Who): Standing {
  const candidate = who.keys.has(task.holderKey) && who.id !== task.author;
  const free = task.claimedBy === null || !who.claimerHolds;
  return {
    candidate,
    holds: task.claimedBy === who.id ? candidate : candidate && free,
    standsIn:
      task.state === 'claimed' &&
      task.delegate !== null &&
      task.delegate.id === who.id &&
      task.delegate.until > who.now,
    signs: task.signers.filter((key) => who.keys.has(key) && !task.signed.includes(key)),
  };
}

const refuse = (code: string): Refusal => ({ code: `tasks.${code}` });

/**
 * The record of an act, or why it is refused: `tasks.wrong_state`, `tasks.claimed` (another one has it),
 * `tasks.own_work`, `tasks.own_submission`, `tasks.closes_itself`, `tasks.no_asker`, `tasks.until_past`,
 * `tasks.not_yours`.
 */
export function decideAct(task: TaskCore, input: Act, who: Who, unitId: string): ActRecord | Refusal {
  const standing = standingOf(task, who);
  const refusal = refusalOf(task, input, who, standing);
  if (refusal) return refusal;
  return { act: input.act, actorId: who.id, data: dataOf(task, input, who, standing, unitId) };
}

function refusalOf(task: TaskCore, input: Act, who: Who, standing: Standing): Refusal | null {
  if (!actStates[input.act].includes(task.state)) return refuse('wrong_state');
  switch (input.act) {
    case 'claim':
      if (task.claimedBy === who.id) return refuse('claimed');
      return mustHold(task, who, standing);
    case 'give_back':
    case 'recall':
      return task.claimedBy === who.id ? null : refuse('not_yours');
    case 'finish':
      if (task.byMachine) return refuse('closes_itself');
      return standing.standsIn ? notAuthor(task, who) : mustHold(task, who, standing);
    case 'return':
      if (task.askedBy === null) return refuse('no_asker');
      return mustHold(task, who, standing);
    case 'transfer':
      return who.asks ? null : mustHold(task, who, standing);
    case 'delegate':
      if (new Date(input.until) <= who.now) return refuse('until_past');
      if (input.accountId === who.id || input.accountId === task.author) return refuse('own_work');
      return mustHold(task, who, standing);
    case 'reissue':
    case 'withdraw':
      return who.asks ? null : refuse('not_yours');
    case 'sign':
      if (task.doneBy === who.id) return refuse('own_submission');
      return standing.signs.length > 0 ? null : refuse('not_yours');
    case 'send_back':
      return sendBackRefusal(task, who, standing);
    case 'add_signer':
      return who.asks || standing.signs.length > 0 ? null : refuse('not_yours');
    case 'copy':
    case 'comment':
      return who.sees ? null : refuse('not_yours');
  }
}

function mustHold(task: TaskCore, who: Who, standing: Standing): Refusal | null {
  if (who.id === task.author) return refuse('own_work');
  if (standing.holds) return null;
  return refuse(standing.candidate ? 'claimed' : 'not_yours');
}

function notAuthor(task: TaskCore, who: Who): Refusal | null {
  return who.id === task.author ? refuse('own_work') : null;
}

/** What was handed in goes back from a countersigner, or from the asker, also when it was done already. */
function sendBackRefusal(task: TaskCore, who: Who, standing: Standing): Refusal | null {
  if (task.byMachine || task.doneBy === null) return refuse('wrong_state');
  if (task.doneBy === who.id) return refuse('own_submission');
  const signs = task.state === 'signing' && standing.signs.length > 0;
  return signs || who.asks ? null : refuse('not_yours');
}

function dataOf(task: TaskCore, input: Act, who: Who, standing: Standing, unitId: string): ActRecord['data'] {
  switch (input.act) {
    case 'transfer':
      return { key: keyOf(input.to, unitId) };
    case 'delegate':
      return { delegate: input.accountId, until: input.until };
    case 'sign':
      return { keys: standing.signs };
    case 'add_signer':
      // Only who asked may make the rule weaker.
      return {
        key: keyOf(input.signer, unitId),
        rule: task.signRule === 'all' && !who.asks ? 'all' : input.rule,
      };
    default:
      return {};
  }
}

export function isRefusal(result: ActRecord | Refusal): result is Refusal {
  return 'code' in result;
}

/** The state after an act that was allowed. */
export function evolve(task: TaskCore, record: ActRecord): TaskCore {
  const { actorId, data } = record;
  const freed = { claimedBy: null, delegate: null };
  const undone = { doneBy: null, signed: [] };
  switch (record.act) {
    case 'raise':
    case 'copy':
    case 'comment':
    case 'renew':
      return task;
    case 'claim':
      return { ...task, state: 'claimed', claimedBy: actorId, delegate: null };
    case 'give_back':
      return { ...task, ...freed, state: 'open' };
    case 'return':
      return { ...task, ...freed, state: 'returned' };
    case 'again':
    case 'reissue':
      return { ...task, ...freed, ...undone, state: 'open' };
    case 'move': {
      const moved = { ...task, holderKey: data.key!, delegate: null };
      return task.state === 'claimed' ? { ...moved, state: 'open', claimedBy: null } : moved;
    }
    case 'transfer':
      return { ...task, ...freed, state: 'open', holderKey: data.key! };
    case 'delegate':
      return {
        ...task,
        state: 'claimed',
        claimedBy: actorId,
        delegate: { id: data.delegate!, until: new Date(data.until!) },
      };
    case 'recall':
      return { ...task, delegate: null };
    case 'finish':
      return finished(task, actorId);
    case 'sign': {
      const signed = [...task.signed, ...data.keys!];
      return { ...task, signed, state: isSigned({ ...task, signed }) ? 'done' : 'signing' };
    }
    case 'send_back':
      return { ...task, ...undone, state: task.claimedBy === null ? 'open' : 'claimed' };
    case 'add_signer':
      return {
        ...task,
        signRule: data.rule!,
        signers: task.signers.includes(data.key!) ? task.signers : [...task.signers, data.key!],
      };
    case 'withdraw':
    case 'cancel':
      return { ...task, state: 'cancelled' };
    case 'settle':
      return { ...task, ...undone, state: 'done' };
  }
}

/** Who hands in has it from then on, unless they stand in for the one who does. */
function finished(task: TaskCore, actorId: string): TaskCore {
  const standsIn = task.delegate?.id === actorId && task.claimedBy !== null;
  return {
    ...task,
    claimedBy: standsIn ? task.claimedBy : actorId,
    delegate: standsIn ? task.delegate : null,
    doneBy: actorId,
    signed: [],
    round: task.round + 1,
    state: task.signRule === 'none' ? 'done' : 'signing',
  };
}

/** Whether the countersignatures that the rule demands are there. */
export function isSigned(task: Pick<TaskCore, 'signRule' | 'signers' | 'signed'>): boolean {
  if (task.signRule === 'none') return true;
  if (task.signRule === 'any') return task.signed.length > 0;
  return task.signed.length > 0 && task.signers.every((key) => task.signed.includes(key));
}

export function keyOf(to: Assignee, unitId: string): string {
  if ('accountId' in to) return `account:${to.accountId}`;
  return 'post' in to ? `post:${unitId}:${to.post}` : `role:${unitId}:${to.role}`;
}

/** What a key says, without the unit. */
export function holderOf(key: string): {
  post: string | null;
  role: string | null;
  accountId: string | null;
} {
  const [kind, first, second] = key.split(':');
  return {
    post: kind === 'post' ? second! : null,
    role: kind === 'role' ? second! : null,
    accountId: kind === 'account' ? first! : null,
  };
}

/** The acts that somebody may do now. Acts that need an argument are tried with a harmless one. */
export function allowedActs(task: TaskCore, who: Who, unitId: string): ActName[] {
  const someone = '00000000-0000-4000-8000-000000000000';
  const later = new Date(who.now.getTime() + 86_400_000).toISOString();
  const trials: Act[] = [
    { act: 'claim' },
    { act: 'finish', answer: '' },
    { act: 'sign', note: '' },
    { act: 'send_back', reason: '-', field: '' },
    { act: 'reissue', note: '' },
    { act: 'return', reason: '-', field: '' },
    { act: 'transfer', to: { accountId: someone }, reason: '-' },
    { act: 'delegate', accountId: someone, until: later },
    { act: 'recall' },
    { act: 'give_back' },
    { act: 'add_signer', signer: { accountId: someone }, rule: 'all' },
    { act: 'copy', accountId: someone },
    { act: 'comment', text: '-' },
    { act: 'withdraw', reason: '-' },
  ];
  return trials
    .filter((trial) => !isRefusal(decideAct(task, trial, who, unitId)))
    .filter(({ act }) => act !== 'recall' || task.delegate !== null)
    .map(({ act }) => act);
}

const documentNumber = /\p{Script=Han}[〔[［(（]\d{4}[〕\]］)）]\s*\d+\s*号/u;
const lawArticle = /《[^》]{2,60}》[^，。；]{0,20}第[〇零一二三四五六七八九十百千\d]+条/u;
const duty = /(?:^|[^\dA-Za-z])D(?:[1-9]|[1-4]\d|5[0-5])(?!\d)/u;

/** Whether a text names a source: a document number, an article of a law, or a duty of the notice (D1–D55). */
export function isLegalBasis(text: string): boolean {
  return documentNumber.test(text) || lawArticle.test(text) || duty.test(text);
}
