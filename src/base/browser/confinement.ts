/** How the browser is kept from everything that is not the page: user, network, sandbox, limits. */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Nobody, on every Linux. */
export const NOBODY = 65534;

/**
 * One way of starting the browser. `sandbox`: Chromium's own. `network`: in a network namespace that has none.
 * `user`: whom it runs as.
 */
export interface Confinement {
  readonly sandbox: boolean;
  readonly network: 'none' | 'dead proxy';
  readonly user: 'nobody' | 'own';
  /** The command that starts what follows it. */
  readonly prefix: readonly string[];
}

/** Ten processor minutes per process, no core dumps: a page that computes for ever ends itself. */
const LIMITS = ['prlimit', '--cpu=600', '--core=0', '--'];

/**
 * Ways to try, the strongest first. Without Chromium's sandbox only as nobody, who may read nothing of ours:
 * so an ordinary user on a system that forbids user namespaces gets no browser at all.
 */
export function listConfinements(isRoot: boolean): Confinement[] {
  if (!isRoot) {
    const own = { sandbox: true, user: 'own' } as const;
    return [
      { ...own, network: 'none', prefix: ['unshare', '--map-current-user', '--net', '--', ...LIMITS] },
      { ...own, network: 'dead proxy', prefix: LIMITS },
    ];
  }
  const drop = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'];
  const list: Confinement[] = [];
  for (const sandbox of [true, false]) {
    list.push(
      { sandbox, user: 'nobody', network: 'none', prefix: ['unshare', '--net', '--', ...LIMITS, ...drop] },
      { sandbox, user: 'nobody', network: 'dead proxy', prefix: [...LIMITS, ...drop] },
    );
  }
  return list;
}

/** A shell script that starts `executable` behind `prefix` with its own profile; for Playwright, which starts one file. */
export function launcherScript(prefix: readonly string[], executable: string, profile: string): string {
  const words = [...prefix, executable].map(quote).join(' ');
  // The last --user-data-dir counts; Playwright's own belongs to our user and nobody could not enter it.
  return `#!/bin/sh\nexec ${words} "$@" ${quote(`--user-data-dir=${profile}`)}\n`;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Whether somebody else may read `path`: every folder above it open to all. */
export function isOpenToAll(path: string): boolean {
  try {
    accessSync(path, constants.F_OK);
    for (let at = path; ; at = dirname(at)) {
      if ((statSync(at).mode & 0o001) === 0) return false;
      if (at === dirname(at)) return true;
    }
  } catch {
    // Not there or not ours to see: then it is not open either.
    return false;
  }
}
