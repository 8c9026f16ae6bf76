/** A raw line read once more, without a server: what a bag is verified with. Pure. */
import { decoderOf, nameOf } from '../decoders/decode-line.ts';
import type { DataRow, Decoder, SourceSettings } from '../decoders/row.ts';
import { compileTemplate, templateDecoder } from '../decoders/template/template.ts';
import type { TakenRecord } from './take-records.ts';

/** Why a line was not read: this program has no such decoder, or it reads a line only after others. */
export type NotRead = 'unknown_decoder' | 'needs_earlier_lines';

interface Kept {
  readonly bytes: string | null;
  readonly recvAt: number;
  readonly sender: string;
}

interface Readable extends Kept, Pick<TakenRecord, 'settings' | 'template'> {
  readonly others?: readonly Kept[] | undefined;
}

/**
 * The rows that the decoder `dec` (`format/version`) makes of a taken record, after it has read the others that were taken
 * with it.
 */
export function decodeAgain(taken: Readable, dec: string): readonly DataRow[] | NotRead {
  const decoder = decoderFor(taken, dec);
  if (!decoder) return 'unknown_decoder';
  const read = readAfter(decoder, taken.settings, taken.others ?? [], taken);
  if (read === null || ('table' in read && read.table === 'none')) {
    return decoder.open ? 'needs_earlier_lines' : [];
  }
  return 'table' in read ? [read as DataRow] : read;
}

function readAfter(
  decoder: Decoder,
  settings: SourceSettings,
  others: readonly Kept[],
  record: Kept,
): ReturnType<Decoder['decode']> {
  const known = new Map<string, unknown>();
  const memory = {
    get: (key: string) => known.get(key),
    set: (key: string, value: unknown) => void known.set(key, value),
  };
  const decode = decoder.open?.(memory) ?? decoder.decode;
  const read = ({ bytes, recvAt, sender }: Kept) =>
    decode(Buffer.from(bytes ?? '', 'base64'), settings, new Date(recvAt), sender);
  for (const other of others) read(other);
  return read(record);
}

function decoderFor({ template }: Readable, dec: string): Decoder | undefined {
  const [format = '', version] = dec.split('/');
  if (format === 'template') {
    if (!template || String(template.version) !== version) return undefined;
    const decode = templateDecoder(template.patterns.map(compileTemplate));
    return { format: 'template', version: template.version, decode };
  }
  const decoder = decoderOf(format);
  return decoder && nameOf(decoder) === dec ? decoder : undefined;
}
