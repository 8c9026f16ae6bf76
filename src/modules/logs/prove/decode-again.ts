/** A raw line read once more, without a server: what a bag is verified with. Pure. */
import { decoderOf, nameOf } from '../decoders/decode-line.ts';
import type { DataRow, Decoder } from '../decoders/row.ts';
import { compileTemplate, templateDecoder } from '../decoders/template/template.ts';
import type { TakenRecord } from './take-records.ts';

/** Why a line was not read: this program has no such decoder, or it reads a line only after others. */
export type NotRead = 'unknown_decoder' | 'needs_earlier_lines';

/** The rows that the decoder `dec` (`format/version`) makes of a taken record by itself. */
export function decodeAgain(taken: TakenRecord, dec: string): readonly DataRow[] | NotRead {
  const decoder = decoderFor(taken, dec);
  if (!decoder) return 'unknown_decoder';
  const bytes = Buffer.from(taken.bytes ?? '', 'base64');
  const read = decoder.decode(bytes, taken.settings, new Date(taken.recvAt), taken.sender);
  if (read === null || ('table' in read && read.table === 'none')) {
    return decoder.open ? 'needs_earlier_lines' : [];
  }
  return 'table' in read ? [read as DataRow] : read;
}

function decoderFor({ template }: TakenRecord, dec: string): Decoder | undefined {
  const [format = '', version] = dec.split('/');
  if (format === 'template') {
    if (!template || String(template.version) !== version) return undefined;
    const decode = templateDecoder(template.patterns.map(compileTemplate));
    return { format: 'template', version: template.version, decode };
  }
  const decoder = decoderOf(format);
  return decoder && nameOf(decoder) === dec ? decoder : undefined;
}
