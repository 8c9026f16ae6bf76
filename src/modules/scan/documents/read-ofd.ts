/**
 * OFD (GB/T 33190-2016), the fixed layout in which public bodies of China publish: a package of XML. Pages, templates, notes,
 * custom tags and extensions, properties, bookmarks, attachments, pictures, and the seals of its signatures.
 */
import { fail } from '#base/errors';
import { lacks } from './damage.ts';
import { type Content, emptyContent, mergeContent, type Reading } from './document-part.ts';
import { looksGarbled } from './garbled.ts';
import { boxOf, readOfdPage } from './ofd-page.ts';
import { readSeal } from './read-seal.ts';
import { readTexts } from './read-texts.ts';
import { readXml } from './read-xml.ts';

type ReadInner = (member: string, bytes: Uint8Array, outer: Reading) => Promise<Content>;
type Members = ReadonlyMap<string, Buffer>;

/** What the lists of the document say of its files: member → what it is and where it is shown. */
interface Role {
  readonly kind: 'page' | 'template' | 'note' | 'tag' | 'extension' | 'attachment' | 'list';
  readonly part: string;
}

const PICTURE = /\.(?:png|jpe?g|bmp|gif|tiff?|webp)$/i;
const SEAL = /\.(?:esl|dat)$/i;

/** Reads the members of an OFD. Fails with `scan.damaged` without its root, `scan.encrypted` when it is sealed as a whole. */
export async function readOfd(members: Members, reading: Reading, readInner: ReadInner): Promise<Content> {
  const { name } = reading;
  const root = find(members, '', 'OFD.xml');
  if (!root) fail('scan.damaged', { name, reason: lacks('OFD.xml') });
  const content = emptyContent();
  const roles = new Map<string, Role>([[root, { kind: 'list', part: 'info' }]]);
  content.parts.push({ part: 'info', text: readTexts(members.get(root)!, name) });
  let paper: ReturnType<typeof boxOf> = null;
  for (const path of locations(members.get(root)!, name, 'DocRoot')) {
    const document = find(members, folderOf(root), path);
    // GM/T 0099 keeps what it encrypted under other names.
    if (!document) {
      content.unread.push({ part: path, reason: isEncrypted(members) ? 'encrypted' : 'damaged' });
      continue;
    }
    paper = readDocument(members, document, name, roles, content) ?? paper;
  }
  for (const [member, body] of members)
    await readMember(member, body, { roles, paper, content, reading, readInner });
  content.parts.sort((a, b) => pageOf(a.part) - pageOf(b.part));
  return { ...content, parts: content.parts.filter((part) => part.text.trim() !== '') };
}

const pageOf = (part: string) => Number(/^page:(\d+)/.exec(part)?.[1] ?? Number.MAX_SAFE_INTEGER);
const isEncrypted = (members: Members) =>
  [...members.keys()].some((member) => /(?:^|\/)(?:Encryptions\.xml|decryptseed\.dat)$/i.test(member));

/** Notes what each file of a document is; answers the size of its paper. */
function readDocument(
  members: Members,
  document: string,
  name: string,
  roles: Map<string, Role>,
  content: Content,
) {
  const xml = members.get(document)!;
  const pages = new Map<string, number>();
  let number = 0;
  let inBox = false;
  let paper: ReturnType<typeof boxOf> = null;
  const within: string[] = [];
  const lists: { kind: string; path: string }[] = [];
  const titles: string[] = [];
  roles.set(document, { kind: 'list', part: '' });
  readXml(xml, name, {
    open: (tag, at) => {
      within.push(tag);
      inBox = tag === 'PhysicalBox';
      if (at.Title) titles.push(at.Title);
      if (tag === 'Bookmark' && at.Name) titles.push(at.Name);
      if (at.URI) titles.push(at.URI);
      if (tag !== 'Page' && tag !== 'TemplatePage') return;
      const member = at.BaseLoc && find(members, folderOf(document), at.BaseLoc);
      if (tag === 'Page') {
        number++;
        if (at.ID) pages.set(at.ID, number);
      }
      const part = tag === 'Page' ? `page:${number}` : 'template';
      if (member) roles.set(member, { kind: tag === 'Page' ? 'page' : 'template', part });
      else content.unread.push({ part, reason: isEncrypted(members) ? 'encrypted' : 'damaged' });
    },
    text: (text) => {
      if (inBox) paper = boxOf(text) ?? paper;
      const tag = within.at(-1) ?? '';
      if (/^(?:Annotations|CustomTags|Attachments|Extensions)$/.test(tag) && text.trim() !== '')
        lists.push({ kind: tag, path: text.trim() });
    },
    close: () => {
      within.pop();
      inBox = false;
    },
  });
  content.parts.push({ part: 'bookmarks', text: titles.join('\n') });
  for (const { kind, path } of lists) {
    const list = find(members, folderOf(document), path);
    if (list) readList(members, list, kind, name, roles, pages);
  }
  return paper;
}

/** The files that a list of notes, tags or attachments names. */
function readList(
  members: Members,
  list: string,
  kind: string,
  name: string,
  roles: Map<string, Role>,
  pages: ReadonlyMap<string, number>,
) {
  if (kind === 'Extensions') {
    roles.set(list, { kind: 'extension', part: 'extensions' });
    return;
  }
  roles.set(list, { kind: 'list', part: '' });
  let [owner, title, inPath] = ['', '', false];
  readXml(members.get(list)!, name, {
    open: (tag, at) => {
      if (tag === 'Page') owner = at.PageID ?? '';
      if (tag === 'Attachment') title = at.Name ?? '';
      inPath = tag === 'FileLoc';
    },
    text: (text) => {
      if (!inPath || text.trim() === '') return;
      const member = find(members, folderOf(list), text.trim());
      if (!member) return;
      if (kind === 'Annotations')
        roles.set(member, { kind: 'note', part: `page:${pages.get(owner) ?? 0}#notes` });
      else if (kind === 'CustomTags') roles.set(member, { kind: 'tag', part: 'custom tags' });
      else roles.set(member, { kind: 'attachment', part: title || member });
    },
    close: () => {
      inPath = false;
    },
  });
}

async function readMember(
  member: string,
  body: Buffer,
  of: {
    roles: ReadonlyMap<string, Role>;
    paper: ReturnType<typeof boxOf>;
    content: Content;
    reading: Reading;
    readInner: ReadInner;
  },
): Promise<void> {
  const { content, reading, readInner } = of;
  const role = of.roles.get(member);
  if (role?.kind === 'attachment') {
    const ending = /\.[a-z0-9]{1,8}$/i.exec(member)?.[0] ?? '';
    const title = /\.[a-z0-9]{1,8}$/i.test(role.part) ? role.part : role.part + ending;
    mergeContent(content, await readInner(`attachment ${title}`, body, reading));
  } else if (role?.kind === 'page' || role?.kind === 'template') {
    const page = readOfdPage(body, reading.name, role.part, of.paper);
    content.parts.push(page);
    // Programs that embed a font may leave codes of its glyphs in place of characters.
    if (looksGarbled(page.text)) content.unread.push({ part: role.part, reason: 'garbled' });
  } else if (role?.kind === 'list') return;
  else if (/\.xml$/i.test(member)) {
    if (/(?:^|\/)Signatures?\.xml$|Versions?\.xml$/i.test(member)) return;
    const part = role?.part ?? `${member} (not shown)`;
    const drawn = /(?:^|\/)(?:Public|Document)?Res(?:_\d+)?\.xml$/i.test(member) ? 'resources' : part;
    const texts = [
      readOfdPage(body, reading.name, drawn, null),
      { part: drawn, text: readTexts(body, reading.name, 'TextCode') },
    ];
    content.parts.push(...texts);
  } else if (SEAL.test(member)) {
    const seal = readSeal(body);
    if (seal.name !== '') content.parts.push({ part: 'seal', text: seal.name });
    for (const picture of seal.pictures) mergeContent(content, await readInner('seal', picture, reading));
  } else if (PICTURE.test(member)) {
    if (reading.pictures) mergeContent(content, await readInner(member, body, reading));
  } else if (!/\.(?:ttf|otf|ttc|cff|pf[ab]|jb2|gbig2)$/i.test(member)) {
    mergeContent(content, await readInner(member, body, reading));
  } else if (/\.(?:jb2|gbig2)$/i.test(member)) content.unread.push({ part: member, reason: 'unsupported' });
}

/** The paths in the elements of this name. */
function locations(xml: Uint8Array, name: string, wanted: string): string[] {
  const found: string[] = [];
  let reading = false;
  readXml(xml, name, {
    open: (tag) => {
      reading = tag === wanted;
    },
    text: (text) => {
      if (reading && text.trim() !== '') found.push(text.trim());
    },
    close: () => {
      reading = false;
    },
  });
  return found;
}

const folderOf = (member: string) => member.slice(0, member.lastIndexOf('/') + 1);

/** The member that a path means: from the root, from the file that names it, or (programs err) from the document's folder. */
function find(members: Members, folder: string, path: string): string | undefined {
  const clean = path.replace(/\\/g, '/');
  const tried = clean.startsWith('/')
    ? [clean.slice(1)]
    : [normal(folder + clean), normal(clean), normal(`${folder.split('/')[0]}/${clean}`)];
  for (const one of tried) if (members.has(one)) return one;
  const wanted = tried.map((one) => one.toLowerCase());
  for (const member of members.keys()) if (wanted.includes(member.toLowerCase())) return member;
  return undefined;
}

function normal(path: string): string {
  const steps: string[] = [];
  for (const step of path.split('/')) {
    if (step === '..') steps.pop();
    else if (step !== '.' && step !== '') steps.push(step);
  }
  return steps.join('/');
}
