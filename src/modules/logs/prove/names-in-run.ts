import type { RecordProof } from '../contract/proofs.ts';
import type { FindNames, NameInLine } from '../names-in-line.ts';
import { forEachRecord } from '../segments/record-stream.ts';

/** Names of people and devices that a proof would show: those of the line, and of the lines that came with it. */
export function namesInRun(find: FindNames, { run }: Pick<RecordProof, 'run'>): NameInLine[] {
  const names: NameInLine[] = [];
  forEachRecord(Buffer.from(run, 'base64'), ({ bytes, recvAt, sender }) => {
    const raw = Buffer.from(bytes).toString('utf8');
    names.push(...find({ bytes, raw, recvAt: new Date(recvAt), sender }));
  });
  return names;
}
