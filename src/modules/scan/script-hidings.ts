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
/** What stands before an element that a variable takes. */
const HOLDER = /([A-Za-z_]\w{0,39})\s{0,9}=\s{0,9}$/;
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
  return found
    .slice(0, MOST)
    .filter(({ selector, at }) => !shown.has(selector) && runsAtOnce(text, at))
    .map(({ at: _, ...hiding }) => hiding);
}

/** With every variable that holds an element written as that element. */
function withAliases(text: string): string {
  const names = new Map<string, string>();
  for (const match of text.matchAll(HELD)) {
    const holder = HOLDER.exec(text.slice(Math.max(0, match.index - 60), match.index));
    if (holder && names.size < 20) names.set(holder[1]!, match[1]!);
  }
  let read = text;
  for (const [name, selector] of names)
    read = read.replace(new RegExp(`(?<![\\w$.])${name}(?=\\s{0,3}[.[)])`, 'g'), `⟦${selector}⟧`);
  return read;
}

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const FUNCTION =
  /(?:function\s{0,9}([\w$]{0,80})\s{0,9}\([^()]{0,200}\)|\([^()]{0,200}\)\s{0,9}=>|[\w$]{1,40}\s{0,9}=>)\s{0,9}$/;
/** What runs the function behind it later: on an event, or after a time. */
const LATER =
  /(?:setTimeout|setInterval|addEventListener|attachEvent|\.(?:on|one|bind|live|delegate|click|dblclick|hover|mouse\w{1,9}|key\w{1,5}|blur|focus|change|submit|scroll|resize|each|fade\w{1,5}|slide\w{1,6}|animate))\(\s{0,9}(?:["'][\w.\s-]{1,60}["']\s{0,9},\s{0,9}){0,2}$|\.on(?!load|ready)\w{1,20}\s{0,9}=\s{0,9}$|[:]\s{0,9}$/;

/** Whether the place is reached when the script is loaded: in no function, or in ones that are called right away. */
function runsAtOnce(text: string, at: number): boolean {
  const open: (string | null)[] = [];
  for (let place = 0; place < at; place++) {
    const sign = text[place];
    if (sign === '{') {
      const before = text.slice(Math.max(0, place - 400), place);
      const head = FUNCTION.exec(before);
      if (!head) open.push(null);
      else if (LATER.test(before.slice(0, head.index))) open.push('');
      else open.push(head[1] || null);
    } else if (sign === '}') open.pop();
  }
  return open.every((name) => name === null || (name !== '' && isCalled(text, name)));
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
