/** What a workbook of 97–2003 says beside its cells: names of sheets, choices and prompts, conditions, tips of links (MS-XLS). */
import type { DocumentPart } from '../document-part.ts';

/** Records (MS-XLS 2.3). */
const [BOF, SHEET, CHOICES, CONDITION, TIP] = [0x809, 0x85, 0x1be, 0x1b1, 0x800];
const WORKBOOK_GLOBALS = 5;
const CONTINUE = 0x3c;

/** `names` and `sheet:NAME!rules`. A record that is cut off gives what stands before the cut. */
export function readXlsRules(stream: Buffer): DocumentPart[] {
  const titles: string[] = [];
  const rules = new Map<number, string[]>();
  let sheet = -1;
  for (let at = 0; at + 4 <= stream.length; ) {
    const type = stream.readUInt16LE(at);
    const body = stream.subarray(at + 4, at + 4 + stream.readUInt16LE(at + 2));
    at += 4 + body.length;
    if (type === CONTINUE) continue;
    if (type === BOF && body.length >= 4 && body.readUInt16LE(2) !== WORKBOOK_GLOBALS) sheet++;
    if (type === SHEET && body.length > 8) titles.push(stringAt(body, 6, 1).text);
    const said =
      type === CHOICES
        ? readChoices(body)
        : type === CONDITION
          ? quotedIn(body)
          : type === TIP && body.length > 12
            ? [body.toString('utf16le', 10).replace(/\0/g, '')]
            : [];
    if (said.length > 0) rules.set(sheet, [...(rules.get(sheet) ?? []), ...said]);
  }
  const parts = [...rules].map(([at, said]) => ({
    part: `sheet:${titles[at] ?? String(at + 1)}!rules`,
    text: said.join('\n'),
  }));
  return titles.length > 0 ? [{ part: 'names', text: titles.join('\n') }, ...parts] : parts;
}

/** A string behind its length, of one or two bytes, and whether its characters have one byte or two (2.5.294, 2.5.240). */
function stringAt(body: Buffer, at: number, lengthBytes: 1 | 2): { text: string; end: number } {
  if (at + lengthBytes + 1 > body.length) return { text: '', end: body.length };
  const count = body.readUIntLE(at, lengthBytes);
  const start = at + lengthBytes + 1;
  const isWide = (body[start - 1]! & 1) === 1;
  const end = Math.min(body.length, start + count * (isWide ? 2 : 1));
  return { text: body.toString(isWide ? 'utf16le' : 'latin1', start, end), end };
}

/** Titles and texts of the prompt and the error, then the choices (2.4.81). */
function readChoices(body: Buffer): string[] {
  const said: string[] = [];
  let at = 4;
  for (let n = 0; n < 4; n++) {
    const { text, end } = stringAt(body, at, 2);
    said.push(text.replace(/\0/g, ''));
    at = end;
  }
  return [...said, ...quotedIn(body.subarray(at))].filter((text) => text.trim() !== '');
}

/** Strings in the tokens of a formula (PtgStr, 2.5.198.89): a byte 17 before a length and text that is text. */
function quotedIn(body: Buffer): string[] {
  const said: string[] = [];
  for (let at = 0; at + 3 < body.length; at++) {
    if (body[at] !== 0x17 || body[at + 2]! > 1 || body[at + 1]! < 2) continue;
    const { text, end } = stringAt(body, at + 1, 1);
    // Choices are parted by zeros.
    const plain = text.replace(/\0/g, '\n');
    if (text.length !== body[at + 1] || /[^\n\p{L}\p{N}\p{P}\p{S}\p{Zs}]/u.test(plain)) continue;
    said.push(plain);
    at = end - 1;
  }
  return said;
}
