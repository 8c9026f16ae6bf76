import { useState } from 'react';
import { useDrafts } from '../../app/drafts.ts';
import { countEdits, type PendingChanges, readPending } from './word-edits.ts';

/** A reason alone is no draft: without changes there is nothing that it is the reason of. */
const none: PendingChanges = { edits: {}, note: '', version: 0 };

/**
 * Changes of the word list that are not submitted yet. Like the forms, they are kept with the account and offered
 * again after a reload, a lost connection or a sign-out, and are gone once they were submitted or taken back.
 */
export function usePendingWords(version: number) {
  const drafts = useDrafts('watch.words');
  const [pending, setPending] = useState(none);
  // What the form of the reason starts with is read once: a restored draft needs a form of its own.
  const [restores, setRestores] = useState(0);

  function put(next: PendingChanges): void {
    setPending(next);
    if (countEdits(next.edits) === 0) void drafts.clear();
    else drafts.save({ ...next });
  }

  return {
    ...pending,
    restores,
    drafts,
    setEdits: (edits: PendingChanges['edits']) =>
      put(
        countEdits(edits) === 0
          ? none
          : { ...pending, edits, version: countEdits(pending.edits) === 0 ? version : pending.version },
      ),
    setNote: (note: string) => put({ ...pending, note }),
    /** What was changed since the page opened stands above what is restored. */
    restore: (value: Record<string, unknown>) => {
      const kept = readPending(value);
      if (kept === undefined) return;
      put({
        edits: { ...kept.edits, ...pending.edits },
        note: pending.note === '' ? kept.note : pending.note,
        version: kept.version,
      });
      setRestores(restores + 1);
    },
  };
}

export type PendingWordsState = ReturnType<typeof usePendingWords>;
