/** What a script hides on its page as soon as it runs, and does not show again. */

export interface Hiding {
  /** `#id` or `.class` of what is hidden. */
  readonly selector: string;
  /** Declarations that it is given, or the class whose declarations it takes over. */
  readonly css?: string;
  readonly like?: string;
}

const ELEMENT =
  /(?:document\s{0,3}\.\s{0,3})?(?:getElementById\(\s{0,9}["']([\w-]{1,100})["']\s{0,9}\)|querySelector(?:All)?\(\s{0,9}["']([#.][\w-]{1,100})["']\s{0,9}\)(?:\[0\])?|getElementsByClassName\(\s{0,9}["']([\w-]{1,100})["']\s{0,9}\)(?:\[0\])?)|(?:\$|jQuery)\(\s{0,9}["']([#.][\w-]{1,100})["']\s{0,9}\)/g;
/** An element as it is written after `ELEMENT` was replaced: `⟦#id⟧`. */
const MARK = String.raw`⟦([#.][\w-]{1,100})⟧`;
const HELD = new RegExp(`${MARK}\\s{0,9}(?=[;,\\n)])`, 'g');
const STYLE = new RegExp(
  `${MARK}(?:\\.style|\\[["']style["']\\])(?:\\.(\\w{2,30})|\\[["']([\\w-]{2,30})["']\\])\\s{0,9}=\\s{0,9}(["'])(.{0,300}?)\\4`,
  'g',
);
const CALL = new RegExp(
  `${MARK}(?:\\.(hide|remove)\\(\\s{0,9}\\)|\\.css\\(\\s{0,9}["']([\\w-]{2,30})["']\\s{0,9},\\s{0,9}["']([^"']{1,100})["']\\)|\\.(?:setAttribute|attr)\\(\\s{0,9}["']style["']\\s{0,9},\\s{0,9}["']([^"']{4,300})["']|\\.(hidden)\\s{0,9}=\\s{0,9}(?:true|!0))`,
  'g',
);
const REMOVED = new RegExp(`removeChild\\(\\s{0,9}${MARK}\\s{0,9}\\)`, 'g');
const CLASS = new RegExp(
  `${MARK}(?:\\.className\\s{0,9}=\\s{0,9}|\\.classList\\.add\\(|\\.addClass\\(|\\.setAttribute\\(\\s{0,9}["']class["']\\s{0,9},\\s{0,9})\\s{0,9}["']([\\w-]{1,100})["']`,
  'g',
);
const SHOWN = new RegExp(
  `${MARK}\\.(?:show|toggle|fade|slide|animate|removeClass|toggleClass|dialog|modal|classList\\.(?:remove|toggle)|style\\.(?:display|visibility|opacity|height|left|top)\\s{0,9}=(?!=)\\s{0,9}(?!["'](?:none|hidden|-|0)))`,
  'g',
);
/** Longer scripts are libraries: what they hide they do not hide by a fixed name. */
const LONGEST = 200_000;
const MOST = 200;

/** Elements that the script hides when the page is loaded; what it does on a click or after a time is left out. */
export function findHidings(script: string): Hiding[] {
  if (script.length > LONGEST || !/style|hide|remove|hidden|css|class/i.test(script)) return [];
  const text = withAliases(
    script.replace(
      ELEMENT,
      (_, id, query, name, jquery) => `⟦${id ? `#${id}` : name ? `.${name}` : (query ?? jquery)}⟧`,
    ),
  );
  if (!text.includes('⟦')) return [];
  const shown = new Set([...text.matchAll(SHOWN)].map((match) => match[1]));
  const found: (Hiding & { at: number })[] = [];
  const add = (match: RegExpMatchArray, hiding: Omit<Hiding, 'selector'>) =>
    found.push({ selector: match[1]!, at: match.index!, ...hiding });
  for (const match of text.matchAll(STYLE)) {
    const property = match[2] ?? match[3]!;
    add(match, { css: property === 'cssText' ? match[5]! : `${kebab(property)}:${match[5]}` });
  }
  for (const match of text.matchAll(CALL)) {
    if (match[3]) add(match, { css: `${kebab(match[3])}:${match[4]}` });
    else add(match, { css: match[5] ?? 'display:none' });
  }
  for (const match of text.matchAll(REMOVED)) add(match, { css: 'display:none' });
  for (const match of text.matchAll(CLASS)) add(match, { like: match[2]! });
  const told = found.slice(0, MOST).filter(({ selector }) => !shown.has(selector));
  const reached = runAtOnce(
    text,
    told.map(({ at }) => at),
  );
  return told.filter(({ at }) => reached.has(at)).map(({ at: _, ...hiding }) => hiding);
}

/** With every variable that holds an element written as that element. */
function withAliases(text: string): string {
  const names = new Map<string, string>();
  for (const match of text.matchAll(HELD)) {
    if (names.size >= 20) break;
    const sign = skipBack(text, match.index, /\s/, 9);
    if (text[sign - 1] !== '=') continue;
    const end = skipBack(text, sign - 1, /\s/, 9);
    const holder = text.slice(skipBack(text, end, /\w/, 40), end);
    if (/^[A-Za-z_]/.test(holder)) names.set(holder, match[1]!);
  }
  let read = text;
  for (const [name, selector] of names)
    read = read.replace(new RegExp(`(?<![\\w$.])${name}(?=\\s{0,3}[.[)])`, 'g'), `⟦${selector}⟧`);
  return read;
}

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** What runs the function behind it later: on an event, or after a time. */
const LATER =
  /(?:setTimeout|setInterval|addEventListener|attachEvent|\.(?:on|one|bind|live|delegate|click|dblclick|hover|mouse\w{1,9}|key\w{1,5}|blur|focus|change|submit|scroll|resize|each|fade\w{1,5}|slide\w{1,6}|animate))\(\s{0,9}(?:["'][\w.\s-]{1,60}["']\s{0,9},\s{0,9}){0,2}$|\.on(?!load|ready)\w{1,20}\s{0,9}=\s{0,9}$|[:]\s{0,9}$/;
/** So long a piece before a function tells whether it runs later. */
const BEFORE = 240;
/** Functions within functions, and names of functions in one script, that are followed; what lies deeper is a library's. */
const DEEPEST = 20;
const MOST_NAMES = 50;

/**
 * Which of the places are reached when the script is loaded: in no function, or in ones that are called right away. One
 * pass over the braces for all of them: a script may have thousands of braces and two hundred places.
 */
function runAtOnce(text: string, places: readonly number[]): ReadonlySet<number> {
  const called = new Map<string, boolean>();
  const isNamedCalled = (name: string) => {
    const known = called.get(name);
    if (known !== undefined || called.size >= MOST_NAMES) return known ?? false;
    const answer = isCalled(text, name);
    called.set(name, answer);
    return answer;
  };
  // Of each open brace: null for one that is no function's, '' for a function that runs later or has no name.
  const open: (string | null)[] = [];
  const reached = new Set<number>();
  const braces = /[{}]/g;
  let brace = braces.exec(text);
  for (const place of [...places].sort((a, b) => a - b)) {
    for (; brace && brace.index < place; brace = braces.exec(text)) {
      if (brace[0] === '}') open.pop();
      else open.push(functionOf(text, brace.index));
    }
    const around = open.length > 200 ? [''] : open.filter((name) => name !== null);
    if (around.length <= DEEPEST && around.every((name) => name !== '' && isNamedCalled(name)))
      reached.add(place);
  }
  return reached;
}

/** Of the function whose body the brace opens the name, '' when it runs later; null where it is no function, or one without a name. */
function functionOf(text: string, brace: number): string | null {
  const head = headOf(text, brace);
  if (!head) return null;
  const last = skipBack(text, head.at, /\s/, 9);
  if (/[(,=:]/.test(text[last - 1] ?? '') && LATER.test(text.slice(Math.max(0, head.at - BEFORE), head.at)))
    return '';
  return head.name || null;
}

/** The name ('' for none) and the beginning of the head of a function before a brace: read backwards, as most braces have none. */
function headOf(text: string, brace: number): { name: string; at: number } | undefined {
  let at = skipBack(text, brace, /\s/, 9);
  const isArrow = text[at - 1] === '>' && text[at - 2] === '=';
  if (isArrow) at = skipBack(text, at - 2, /\s/, 9);
  if (text[at - 1] !== ')') {
    const from = isArrow ? skipBack(text, at, /[\w$]/, 40) : at;
    return from < at ? { name: '', at: from } : undefined;
  }
  const inside = skipBack(text, at - 1, /[^()]/, 200);
  if (text[inside - 1] !== '(') return undefined;
  if (isArrow) return { name: '', at: inside - 1 };
  const end = skipBack(text, inside - 1, /\s/, 9);
  const start = skipBack(text, end, /[\w$]/, 80);
  const name = text.slice(start, end);
  if (name === 'function') return { name: '', at: start };
  const word = skipBack(text, start, /\s/, 9);
  return text.endsWith('function', word) ? { name, at: word - 'function'.length } : undefined;
}

/** Where the run of such characters that ends at `end` begins, `most` of them at most. */
function skipBack(text: string, end: number, sign: RegExp, most: number): number {
  let at = end;
  while (at > 0 && end - at < most && sign.test(text[at - 1]!)) at -= 1;
  return at;
}

const isCalled = (text: string, name: string): boolean =>
  text.split(name).some((part, at, all) => {
    const before = all[at - 1];
    return (
      before !== undefined &&
      /^\s{0,3}\(/.test(part) &&
      !/function\s{1,9}$/.test(before) &&
      !/[\w$.]$/.test(before)
    );
  }) || new RegExp(`onload\\s{0,9}=\\s{0,9}${name.replaceAll('$', '\\$')}\\b`).test(text);
