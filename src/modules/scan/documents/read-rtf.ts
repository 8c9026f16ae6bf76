/** Rich text: characters by code page (\'hh) and by Unicode (\u), hidden and deleted runs, headers, notes, properties. */
import { fail } from '#base/errors';
import type { Content, Mark, Unread } from './document-part.ts';

const DEPTH_MAX = 500;
/** Destinations that hold no words of the document. */
const SKIPPED =
  /^(?:fonttbl|colortbl|stylesheet|listtable|listoverridetable|rsidtbl|themedata|colorschememapping|latentstyles|datastore|generator|pict|objdata|xmlnstbl|mmathPr|filetbl|blipuid|listtext)$/;
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
};
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
}

/** Ends of paragraphs; and names and values of shapes, and properties, which are texts of their own. */
const ENDS_LINE =
  /^(?:par|line|row|page|sect|sn|sv|title|subject|author|manager|company|operator|category|keywords|comment|doccomm|propname|staticval)$/;

const TOKEN = /\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)/g;

/** The texts of an .rtf file. Fails with `scan.bomb` when it nests too deep. */
export function readRtf(bytes: Uint8Array, name: string): Content {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const places = new Map<string, { text: string[]; length: number; marks: Mark[] }>();
  const fonts = new Map<string, string>();
  const unread: Unread[] = [];
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
    if (state.note !== '')
      place.marks.push({ start: place.length, end: place.length + text.length, note: state.note });
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
      if (control === 'objdata') unread.push({ part: 'embedded object', reason: 'unsupported' });
    } else if (OWN[control]) state = { ...state, place: OWN[control], note: '' };
    else if (control === 'v') state = { ...state, note: isOff ? '' : 'hidden text' };
    else if (control === 'deleted') state = { ...state, note: isOff ? '' : 'deleted' };
    else if (control === 'plain') state = { ...state, note: '' };
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
    else if (control === 'bin') fail('scan.unsupported', { name: `${name} (\\bin)` });
  };
  for (const match of source.matchAll(TOKEN)) {
    const [, control, value, hex, symbol, brace, plain] = match;
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
    } else if (brace === '}') state = stack.pop() ?? state;
    else if (control !== undefined) word(control, value);
    else if (symbol === '*') {
      // An optional destination: only those that hold words are read on.
      const next = /^\\\*\\([a-z]+)/.exec(source.slice(match.index, match.index + 40))?.[1] ?? '';
      if (!/^(?:annotation|footnote|fldinst|shpinst|shptxt|title|ud|docvar|userprops|atnauthor)$/.test(next))
        state = { ...state, skipped: true };
      if (next === 'objdata') unread.push({ part: 'embedded object', reason: 'unsupported' });
    } else if (symbol === '~') say(' ');
    else if (symbol === '_') say('-');
    else if (symbol !== undefined && /[\\{}]/.test(symbol)) say(symbol);
  }
  flush();
  return {
    parts: [...places]
      .map(([part, { text, marks }]) => ({ part, text: text.join(''), ...(marks.length > 0 && { marks }) }))
      .filter((part) => part.text.trim() !== ''),
    unread,
    oddities: [],
  };
}
