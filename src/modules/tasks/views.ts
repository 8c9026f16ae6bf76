import type { z } from 'zod';
import type { history, TaskDetail, TaskItem } from './contract.ts';
import { holderOf } from './rules.ts';
import type { FileRow, HistoryRow } from './store/parts.ts';
import type { TaskRow } from './store/tasks.ts';

/** A contract's shape with times still as dates: the reply's schema writes them. */
type Dated<T> = {
  [K in keyof T]: K extends 'at' | `${string}At` | `${string}Until` ? Date | Extract<T[K], null> : T[K];
};

export function taskOf(row: TaskRow, nobody: boolean): Dated<TaskItem> {
  return {
    id: row.id,
    kind: row.kind,
    unitId: row.unit_id,
    unitName: row.unit_name,
    title: row.title,
    why: row.why,
    legalBasis: row.legal_basis,
    link: row.link,
    dueAt: row.due_at,
    overdue: row.overdue,
    minutes: row.minutes,
    state: row.state,
    holder: holderWords(row.holder_key, row.holder_name),
    claimedBy: row.claimed_by,
    claimedByName: row.claimed_by_name,
    delegateName: row.delegate_name,
    delegateUntil: row.delegate_until,
    askedByName: row.asked_by_name,
    returnedReason: row.returned_reason,
    returnedField: row.returned_field,
    byMachine: row.by_machine,
    campaignId: row.campaign_id,
    raisedAt: row.raised_at,
    settledAt: row.settled_at,
    doneByName: row.done_by_name,
    outcome: row.outcome,
    nobody,
  };
}

export function holderWords(key: string, accountName: string | null): TaskDetail['holder'] {
  const { post, role } = holderOf(key);
  return { post, role, accountName };
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

export function historyItem(row: HistoryRow): Dated<z.infer<typeof history>> {
  const key = text(row.data.key);
  return {
    seq: row.seq,
    act: row.act,
    before: row.before,
    after: row.after,
    actorName: row.actor_name,
    at: row.at,
    reason: text(row.data.reason),
    field: text(row.data.field),
    text: text(row.data.text),
    to: text(row.data.name) ?? (key && row.act !== 'raise' ? key.split(':').at(-1)! : null),
  };
}

export function fileOf(row: FileRow): Dated<TaskDetail['files'][number]> {
  return {
    id: row.id,
    name: row.name,
    bytes: row.bytes,
    round: row.round,
    addedByName: row.added_by_name,
    at: row.at,
  };
}
