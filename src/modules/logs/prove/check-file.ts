import { stat } from 'node:fs/promises';
import { join, normalize, sep } from 'node:path';
import type { SegmentLine } from '../contract/proofs.ts';
import { findAppended } from '../segments/find-appended.ts';
import { type Footer, SegmentDamaged, verifySegment } from '../segments/segment-file.ts';
import type { FileProblem } from './verify-catalogue.ts';

/** What a line says about the file itself. */
type FileFacts = Pick<
  SegmentLine,
  | 'sha256'
  | 'origin'
  | 'records'
  | 'rawBytes'
  | 'firstRecv'
  | 'lastRecv'
  | 'linkVersion'
  | 'merkleRoot'
  | 'leaves'
  | 'sm3'
>;

/** Reads a segment's file below `root` whole and compares it with its line. Null: it is the very one, unharmed. */
export async function checkFile(root: string, line: SegmentLine): Promise<FileProblem | null> {
  const path = normalize(join(root, line.file));
  // A catalogue may come from anywhere; it must not make us read outside of the directory that was named.
  if (!path.startsWith(normalize(root + sep)))
    return { code: 'unreadable', detail: `${line.file}: not a place in the directory` };
  try {
    // A link may lead to what never ends, and a pipe never answers.
    if (!(await stat(path)).isFile())
      return { code: 'unreadable', detail: `${line.file}: not an ordinary file` };
    const differs = differenceOf(await verifySegment(path), line);
    if (differs === null) return null;
    return { code: 'file_other', detail: `${line.file}: sound, but its ${differs} is another one’s` };
  } catch (error) {
    const problem = problemOf(error as NodeJS.ErrnoException, line);
    const isDamaged = problem.code === 'file_cut' || problem.code === 'file_damaged';
    const more = isDamaged ? await findAppended(path, line.sha256) : null;
    if (more === null) return problem;
    return { code: 'file_appended', detail: `${line.file}: ${more} bytes longer than it was sealed` };
  }
}

/** Which fact of a file is not what its line says; null: none. */
export function differenceOf(footer: Footer, line: FileFacts): string | null {
  const keys = ['sha256', 'origin', 'records', 'rawBytes', 'firstRecv', 'lastRecv'] as const;
  for (const key of keys) if (footer[key] !== line[key]) return key;
  if (footer.version === 1) return line.linkVersion === 1 ? null : 'version';
  if (line.linkVersion === 1) return null;
  for (const key of ['merkleRoot', 'leaves', 'sm3'] as const) if (footer[key] !== line[key]) return key;
  return null;
}

function problemOf(error: NodeJS.ErrnoException, line: SegmentLine): FileProblem {
  if (error.code === 'ENOENT') return { code: 'file_missing', detail: line.file };
  if (error.code !== undefined) return { code: 'unreadable', detail: `${line.file}: ${error.code}` };
  if (!(error instanceof SegmentDamaged)) throw error;
  const isCut = /too short|cut off|are not there/.test(error.message);
  return { code: isCut ? 'file_cut' : 'file_damaged', detail: error.message };
}
