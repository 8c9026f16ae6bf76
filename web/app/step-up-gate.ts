/**
 * Where a request waits for a person to prove again who is at the keyboard. The dialog (`step-up-dialog.tsx`) opens
 * when somebody waits; every waiting request continues after one proof and fails when the dialog is given up.
 */
export type ProofKind = 'totp' | 'passkey' | 'recovery' | 'password';

type Waiter = { resume: () => void; giveUp: (reason: Error) => void };

let waiters: Waiter[] = [];
let kinds: readonly ProofKind[] | null = null;
const listeners = new Set<() => void>();

/** Resolves after a fresh proof; rejects when the person declines. `wanted`: what the server accepts. */
export function requestProof(wanted: readonly ProofKind[] | null): Promise<void> {
  return new Promise((resume, giveUp) => {
    waiters = [...waiters, { resume, giveUp }];
    kinds = wanted;
    announce();
  });
}

/** Lets the waiting requests go on (`proved`) or fail. */
export function settleProof(outcome: 'proved' | Error): void {
  const settled = waiters;
  waiters = [];
  for (const waiter of settled) {
    if (outcome === 'proved') waiter.resume();
    else waiter.giveUp(outcome);
  }
  announce();
}

export function isProofWanted(): boolean {
  return waiters.length > 0;
}

/** What the server accepts; null: it did not say. */
export function kindsWanted(): readonly ProofKind[] | null {
  return kinds;
}

/** For `useSyncExternalStore`. */
export function onProofWanted(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function announce(): void {
  for (const listener of listeners) listener();
}
