/** Rich text: characters by code page (\'hh) and by Unicode (\u), hidden and deleted runs, headers, notes, properties. */
import { fail } from '#base/errors';
import { type Content, type Mark, mergeContent, type Reading, spendBytes } from './document-part.ts';
import { sizeOf } from './ocr/picture-size.ts';
import { isMetafile } from './read-metafile.ts';

const DEPTH_MAX = 500;
/** Destinations that hold no words of the document. */
const SKIPPED =
  /^(?:fonttbl|stylesheet|listtable|listoverridetable|rsidtbl|themedata|colorschememapping|latentstyles|datastore|generator|xmlnstbl|mmathPr|filetbl|blipuid|listtext|panose|falt|fname|nonshppict|picprop|pgdsctbl|revtbl|wgrffmtfilter|objclass|objname|atnid|atndate|atnparent|atrfstart|atrfend|atnref|pnseclvl|pnsec|pntxta|pntxtb|ftnsep|ftnsepc|aftnsep|aftnsepc|template|lsdlockedexcept|defchp|defpap|mathPr|pntext|oleclsid|svb|annotationstart|bkmkend|passwordhash|protusertbl|hlsrc|hlfr|keycode|fontemb|fontfile|blipatag|panose|background|creatim|revtim|printim|buptim)$/;
/** Destinations that hold a file in hexadecimal digits. */
const FILES = /^(?:pict|objdata)$/;
/** Destinations that are told apart from the body, by the name that their part gets. */
const OWN: Readonly<Record<string, string>> = {
  header: 'header',
  headerl: 'header',
  headerr: 'header',
  headerf: 'header',
  footer: 'footer',
  footerl: 'footer',
  footerr: 'footer',
  footerf: 'footer',
  footnote: 'footnote',
  annotation: 'comment',
  info: 'properties',
  userprops: 'properties',
  colortbl: 'colours',
};
/** What no reader of the document sees: destinations that a program does not know are passed over by it. */
const UNKNOWN = 'hidden data';
/** Optional destinations that hold words of the document. */
const READ =
  /^(?:annotation|footnote|fldinst|shpinst|shptxt|title|ud|docvar|userprops|atnauthor|shppict|formfield|ffname|ffdeftext|ffl|ffhelptext|ffstattext|ffentrymcr|ffexitmcr|ffformat|company|manager|category|hlinkbase|bkmkstart|hyphen|htmltag|mhtmltag|xe|tc|txe)$/;
/** Windows character sets of fonts (\fcharset) that this product meets. */
const CHARSETS: Readonly<Record<string, string>> = {
  '0': 'windows-1252',
  '128': 'shift_jis',
  '129': 'euc-kr',
  '134': 'gb18030',
  '136': 'big5',
};
const CODE_PAGES: Readonly<Record<string, string>> = {
  '936': 'gb18030',
  '950': 'big5',
  '932': 'shift_jis',
  '949': 'euc-kr',
  '65001': 'utf-8',
};

interface State {
  readonly place: string;
  readonly skipped: boolean;
  readonly note: string;
  readonly charset: string;
  /** Characters that stand in for one \u. */
  readonly skipAfterUnicode: number;
  readonly isFonts: boolean;
  /** The file whose digits stand here. */
  readonly file?: Inserted;
  readonly endsLine?: boolean;
  readonly isWhite?: boolean;
  readonly isTiny?: boolean;
}

/** Ends of paragraphs; and names and values of shapes, and properties, which are texts of their own. */
const ENDS_LINE =
  /^(?:par|line|row|page|sect|title|subject|author|manager|company|operator|category|keywords|comment|doccomm|propname|staticval)$/;

const TOKEN = /\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)/g;

type ReadInner = (member: string, bytes: Uint8Array, outer: Reading) => Promise<Content>;

/** A file that stands in the text. */
interface Inserted {
  readonly kind: string;
  hex: string[];
  binary: Buffer[];
}

/** The texts of an .rtf file, and what the files inserted in it give. Fails with `scan.bomb` when it nests too deep. */
export async function readRtf(bytes: Uint8Array, reading: Reading, readInner: ReadInner): Promise<Content> {
  const { content, files } = readTokens(bytes, reading.name);
  let pictures = 0;
  for (const file of files) {
    const hex = Buffer.from(file.hex.join('').replace(/[^0-9a-f]/gi, ''), 'hex');
    const body = Buffer.concat([hex, ...file.binary]);
    if (body.length === 0) continue;
    spendBytes(reading, body.length);
    if (file.kind === 'objdata') {
      const object = objectIn(body);
      if (object) mergeContent(content, await readInner('embedded object', object, reading));
      else content.unread.push({ part: 'embedded object', reason: 'unsupported' });
    } else {
      pictures++;
      const isDrawn = isMetafile(body);
      // Where pictures are not recognised, a logo in a letter's head is no reason to call the letter unread.
      if (!isDrawn && (!reading.pictures || !sizeOf(body))) continue;
      mergeContent(content, await readInner(`picture ${pictures}`, body, reading));
    }
  }
  return content;
}

/** What an object holds: a container, a package, or a picture, behind the head of OLE 1.0 (MS-OLEDS 2.2.5). */
function objectIn(body: Buffer): Buffer | null {
  for (const magic of [
    '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1',
    'PK\x03\x04',
    '%PDF-',
    '\x89PNG',
    '\xff\xd8\xff',
    '{\\rtf',
  ]) {
    const at = body.indexOf(Buffer.from(magic, 'latin1'));
    if (at >= 0) return body.subarray(at);
  }
  return null;
}

function readTokens(bytes: Uint8Array, name: string): { content: Content; files: Inserted[] } {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const places = new Map<string, { text: string[]; length: number; marks: Mark[] }>();
  const fonts = new Map<string, string>();
  const files: Inserted[] = [];
  const white = new Set<string>();
  const stack: State[] = [];
  let pending: number[] = [];
  let font = '';
  let toSkip = 0;
  /** What is said in the code page first is said again in Unicode (\upr, \ud). */
  let skipNext = false;
  let state: State = {
    place: '',
    skipped: false,
    note: '',
    charset: CODE_PAGES[/\\ansicpg(\d+)/.exec(source.slice(0, 2000))?.[1] ?? ''] ?? 'windows-1252',
    skipAfterUnicode: 1,
    isFonts: false,
  };
  const say = (text: string) => {
    if (state.skipped || text === '') return;
    let place = places.get(state.place);
    if (!place) {
      place = { text: [], length: 0, marks: [] };
      places.set(state.place, place);
    }
    const note = state.note || (state.isWhite ? 'white text' : state.isTiny ? 'tiny text' : '');
    if (note !== '') place.marks.push({ start: place.length, end: place.length + text.length, note });
    place.text.push(text);
    place.length += text.length;
  };
  const flush = () => {
    if (pending.length === 0) return;
    say(new TextDecoder(state.charset).decode(Uint8Array.from(pending)));
    pending = [];
  };
  const byte = (value: number) => {
    if (toSkip > 0) toSkip--;
    else if (!state.skipped) pending.push(value);
  };
  const word = (control: string, value: string | undefined) => {
    const isOff = value === '0';
    if (SKIPPED.test(control)) {
      state = { ...state, skipped: true, isFonts: control === 'fonttbl' };
    } else if (FILES.test(control)) {
      state = { ...state, skipped: true, file: { kind: control, hex: [], binary: [] } };
      files.push(state.file!);
    } else if (/^(?:sn|sv|shptxt)$/.test(control)) {
      say('\n');
      state = { ...state, endsLine: true };
    } else if (OWN[control]) state = { ...state, place: OWN[control], note: '' };
    else if (control === 'v') state = { ...state, note: isOff ? '' : 'hidden text' };
    else if (control === 'deleted') state = { ...state, note: isOff ? '' : 'deleted' };
    else if (control === 'plain') state = { ...state, note: '', isWhite: false, isTiny: false };
    else if (/^(?:cf|fs)$/.test(control) && state.place !== 'colours')
      state = {
        ...state,
        ...(control === 'cf' ? { isWhite: white.has(value ?? '0') } : { isTiny: Number(value ?? 24) <= 2 }),
      };
    else if (/^(?:red|green|blue)$/.test(control)) colour += `${control}${value ?? 0}`;
    else if (control === 'uc') state = { ...state, skipAfterUnicode: Math.min(Number(value ?? 1), 16) };
    else if (control === 'u') {
      say(String.fromCharCode(Number(value ?? 0) & 0xffff));
      toSkip = state.skipAfterUnicode;
    } else if (control === 'f') {
      font = value ?? '';
      const charset = fonts.get(font);
      if (charset && !state.isFonts) state = { ...state, charset };
    } else if (control === 'fcharset' && state.isFonts) {
      const charset = CHARSETS[value ?? ''];
      // Character set 0 is what Word writes for Latin fonts, also beside Chinese text in the code page of the document.
      if (charset && value !== '0') fonts.set(font, charset);
    } else if (control === 'upr') skipNext = true;
    else if (ENDS_LINE.test(control)) say('\n');
    else if (/^(?:tab|cell)$/.test(control)) say('\t');
  };
  let colour = '';
  let colours = 0;
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(source); match; match = TOKEN.exec(source)) {
    const [, control, value, hex, symbol, brace, plain] = match;
    if (control === 'bin') {
      // So many bytes follow as they are.
      const end = Math.min(source.length, TOKEN.lastIndex + Math.max(0, Number(value ?? 0)));
      state.file?.binary.push(Buffer.from(source.slice(TOKEN.lastIndex, end), 'latin1'));
      TOKEN.lastIndex = end;
      continue;
    }
    if (plain !== undefined && state.file) {
      state.file.hex.push(plain);
      continue;
    }
    if (plain !== undefined && state.place === 'colours') {
      // The first colour is the automatic one; each ends with a semicolon.
      for (const sign of plain) {
        if (sign !== ';') continue;
        if (colour === 'red255green255blue255') white.add(String(colours));
        colours++;
        colour = '';
      }
      continue;
    }
    if (hex !== undefined) {
      byte(Number.parseInt(hex, 16));
      continue;
    }
    if (plain !== undefined) {
      for (let at = 0; at < plain.length; at++) byte(plain.charCodeAt(at));
      continue;
    }
    flush();
    toSkip = 0;
    if (brace === '{') {
      if (stack.push(state) > DEPTH_MAX) fail('scan.bomb', { name, limit: `${DEPTH_MAX} nested groups` });
      if (skipNext) state = { ...state, skipped: true };
      skipNext = false;
    } else if (brace === '}') {
      if (state.endsLine) say('\n');
      state = stack.pop() ?? state;
    } else if (control !== undefined) word(control, value);
    else if (symbol === '*') {
      // An optional destination: only those that hold words are read on.
      const next = /^\\\*\\([a-z]+)/.exec(source.slice(match.index, match.index + 40))?.[1] ?? '';
      if (!READ.test(next) && !FILES.test(next) && !SKIPPED.test(next) && state.place === '')
        state = { ...state, place: UNKNOWN, note: '' };
    } else if (symbol === '~') say(' ');
    else if (symbol === '_') say('-');
    else if (symbol !== undefined && /[\\{}]/.test(symbol)) say(symbol);
  }
  flush();
  const content: Content = {
    parts: [...places]
      .map(([part, { text, marks }]) => ({ part, text: text.join(''), ...(marks.length > 0 && { marks }) }))
      .filter((part) => part.text.trim() !== ''),
    unread: [],
    oddities: [],
  };
  return { content, files };
}
