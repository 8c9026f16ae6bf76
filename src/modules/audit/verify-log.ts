/**
 * Checks an audit log from its lines alone: no database, no server. The same code checks the running system,
 * a file that an auditor took away, and what a witness is shown.
 */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import type { LogLine, LogProblem, TreeHead, Verification } from './contract.ts';
import { append, emptyFrontier, type Frontier, rootOfFrontier } from './frontier.ts';
import { verifyHead } from './statement.ts';

interface Check {
  /** PEM of the installation's key. Without it the key in the log is used: then only the log's own unity is shown. */
  readonly publicKey: string;
  /** A head seen earlier and kept elsewhere: shows a log that was rolled back or forked. */
  readonly trusted?: { readonly size: number; readonly root: string } | undefined;
}

/** Reads all lines. Stops at the first fault and names the place of it. */
export async function verifyLog(lines: AsyncIterable<LogLine>, check: Check): Promise<Verification> {
  const key = createPublicKey(check.publicKey);
  let frontier: Frontier = emptyFrontier;
  let checkpoints = 0;
  let announced: TreeHead | undefined;
  let trustedSeen = check.trusted === undefined || check.trusted.size === 0;
  const end = (problem: LogProblem | null): Verification => ({
    entries: frontier.size,
    checkpoints,
    root: Buffer.from(rootOfFrontier(frontier)).toString('hex'),
    intact: problem === null,
    problem,
  });
  for await (const line of lines) {
    if ('log' in line) {
      announced = line.log;
    } else if ('checkpoint' in line) {
      const problem = faultOfHead(line.checkpoint, frontier, key);
      if (problem) return end(problem);
      checkpoints += 1;
    } else {
      const problem = faultOfEntry(line, frontier.size);
      if (problem) return end(problem);
      frontier = append(frontier, [Buffer.from(line.leaf, 'hex')]);
      if (frontier.size === check.trusted?.size) {
        if (rootHex(frontier) !== check.trusted.root) return end(problemAt('forked', frontier.size));
        trustedSeen = true;
      }
    }
  }
  if (!trustedSeen) return end(problemAt('rolled_back', check.trusted!.size));
  if (announced && announced.size !== frontier.size) return end(problemAt('cut_short', frontier.size));
  if (announced && frontier.size > 0) return end(faultOfHead(announced, frontier, key));
  return end(null);
}

function faultOfEntry(line: Extract<LogLine, { leaf: string }>, expected: number): LogProblem | null {
  if (line.index !== expected) return problemAt('entry_missing', expected);
  if (line.statement === undefined) return null;
  const leaf = createHash('sha256').update(Uint8Array.of(0)).update(line.statement).digest('hex');
  if (leaf !== line.leaf) return problemAt('entry_changed', expected);
  const digest = createHash('sha256')
    .update(Buffer.from(line.salt ?? '', 'hex'))
    .update(line.content ?? '')
    .digest('hex');
  return hashIn(line.statement) === digest ? null : problemAt('entry_changed', expected);
}

/** The salted hash of the content: the last element of the statement. */
function hashIn(statement: string): unknown {
  try {
    const parts = JSON.parse(statement) as unknown;
    return Array.isArray(parts) ? parts.at(-1) : undefined;
  } catch {
    return undefined;
  }
}

function faultOfHead(head: TreeHead, frontier: Frontier, key: KeyObject): LogProblem | null {
  if (head.size !== frontier.size) return problemAt('checkpoint_misplaced', head.size);
  if (head.root !== rootHex(frontier)) return problemAt('root_differs', head.size);
  const signed = verifyHead(
    head.size,
    Buffer.from(head.root, 'hex'),
    Buffer.from(head.signature, 'base64'),
    key,
  );
  return signed ? null : problemAt('signature_bad', head.size);
}

function rootHex(frontier: Frontier): string {
  return Buffer.from(rootOfFrontier(frontier)).toString('hex');
}

function problemAt(code: LogProblem['code'], place: number): LogProblem {
  return { code, place };
}
