/**
 * Where a request waits for a person to sign in again. The dialog (`sign-in-dialog.tsx`) opens when somebody
 * waits; every waiting request continues after one sign-in and fails when the dialog is given up.
 */
type Waiter = { resume: () => void; giveUp: (reason: Error) => void };

let waiters: Waiter[] = [];
const listeners = new Set<() => void>();

/** Resolves after a person has signed in again; rejects when they decline. */
export function requestSignIn(): Promise<void> {
  return new Promise((resume, giveUp) => {
    waiters = [...waiters, { resume, giveUp }];
    announce();
  });
}

/** Lets the waiting requests go on (`signedIn`) or fail. */
export function settleSignIn(outcome: 'signed-in' | Error): void {
  const settled = waiters;
  waiters = [];
  for (const waiter of settled) {
    if (outcome === 'signed-in') waiter.resume();
    else waiter.giveUp(outcome);
  }
  announce();
}

export function isSignInWanted(): boolean {
  return waiters.length > 0;
}

/** For `useSyncExternalStore`. */
export function onSignInWanted(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function announce(): void {
  for (const listener of listeners) listener();
}
