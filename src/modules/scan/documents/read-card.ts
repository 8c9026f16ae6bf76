/** Address cards and calendars (RFC 6350, RFC 5545): values as they are meant, not as they are written for the way. */
import { decodeBytes } from '../decode-bytes.ts';
import type { DocumentPart } from './document-part.ts';

/** One line for each value; folded lines are whole again, and quoted-printable of vCard 2.1 is undone. */
export function readCard(bytes: Uint8Array): DocumentPart[] {
  const source = decodeBytes(bytes).text;
  const lines = source
    .replace(/\r\n?/g, '\n')
    .replace(/=\n(?=[^\n]*=|[^:\n]*$)/gm, '')
    .replace(/\n[ \t]/g, '')
    .split('\n');
  const values = lines.flatMap((line) => {
    const colon = line.indexOf(':');
    const [head, value] = [line.slice(0, colon).toUpperCase(), line.slice(colon + 1)];
    if (colon < 0) return [line];
    if (/ENCODING=(?:B|BASE64)\b|^(?:BEGIN|END|VERSION|PRODID)$/.test(head)) return [];
    const plain = /QUOTED-PRINTABLE/.test(head) ? unquote(value, head) : value;
    return [plain.replace(/\\n/gi, '\n').replace(/\\([,;\\])/g, '$1')];
  });
  return [{ part: '', text: values.join('\n') }];
}

function unquote(value: string, head: string): string {
  const charset = /CHARSET=([\w-]+)/.exec(head)?.[1];
  const bytes = Buffer.from(
    value.replace(/=([0-9A-F]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
    'latin1',
  );
  return decodeBytes(bytes, charset ? { contentType: `text/plain; charset=${charset}` } : {}).text;
}
