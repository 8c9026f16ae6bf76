/** Messages that Outlook saved (.msg, MS-OXMSG): subject, people, text, page, and what is attached. */
import { decodeBytes } from '../../decode-bytes.ts';
import { type Content, mergeContent, type Reading } from '../document-part.ts';
import { folderOf, type OleFile } from './ole-file.ts';

type ReadInner = (member: string, bytes: Uint8Array, outer: Reading) => Promise<Content>;

const PROPERTY = '__substg1.0_';

export const isMessage = ({ streams }: OleFile): boolean => streams.has('__properties_version1.0');

/** Texts of the message are `mail`, its page `mail (html)`, and attachments are files with their names. */
export async function readMsg(
  file: OleFile,
  reading: Reading,
  content: Content,
  readInner: ReadInner,
): Promise<void> {
  const texts: string[] = [];
  const attachments = new Set<string>();
  for (const [path, body] of file.streams) {
    const [folder, ...rest] = path.split('/');
    if (rest.length > 0) {
      if (/^__attach_version1\.0_#/.test(folder!)) attachments.add(folder!);
      else if (/^__recip_version1\.0_#/.test(folder!)) texts.push(textOf(rest.join('/'), body));
    } else if (path === `${PROPERTY}10130102`)
      mergeContent(content, await readInner('mail.html', body, reading));
    else texts.push(textOf(path, body));
  }
  const text = [...new Set(texts.filter((one) => one.trim() !== ''))].join('\n');
  if (text !== '') content.parts.push({ part: 'mail', text });
  for (const folder of attachments) {
    const one = folderOf(file, folder);
    const name = ['3707001F', '3707001E', '3704001F', '3704001E']
      .map(
        (tag) => one.streams.get(PROPERTY + tag) && textOf(PROPERTY + tag, one.streams.get(PROPERTY + tag)!),
      )
      .find((title) => title);
    const body = one.streams.get(`${PROPERTY}37010102`);
    if (body) mergeContent(content, await readInner(name ?? 'attachment', body, reading));
    const inner = folderOf(one, `${PROPERTY}3701000D`);
    if (inner.streams.size > 0) await readMsg(inner, reading, content, readInner);
  }
}

/** The text of a property, by the type in its name: 001F UTF-16, 001E in a code page. Empty for others. */
function textOf(path: string, body: Buffer): string {
  if (!path.startsWith(PROPERTY)) return '';
  if (/001F$/i.test(path)) return body.toString('utf16le').replace(/\0/g, '');
  return /001E$/i.test(path) ? decodeBytes(body).text.replace(/\0/g, '') : '';
}
