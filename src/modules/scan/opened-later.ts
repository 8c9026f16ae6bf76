/** Whether a visitor opens what is hidden: menus, tabs, boxes that a script or another element of the page shows. */
import type { Hider } from './html-page.ts';

/** What shows something, in a script. */
const SHOWS =
  /\.(?:show|toggle|fadeIn|fadeToggle|slideDown|slideToggle|slide|tabs?|hover|modal|dialog|animate|addClass|removeClass|toggleClass|superSlide|swiper|carousel)\s{0,3}\(|classList\.|display\s{0,3}=\s{0,3}(?!\s|["']none)|display\s{0,3}:\s{0,3}["'](?!none)|display["']\s{0,3},\s{0,3}["'](?!none)|visibility\s{0,3}=\s{0,3}["']visible/i;
const SCRIPT = /<script\b[^>]{0,1000}>([\s\S]*?)<\/script/gi;
/** Names in a script's literals: `'#menu'`, `".menu li"`, `getElementById("menu")`. */
const NAMES = /["'`]([^"'`\n]{1,120})["'`]/g;
/** What another element opens: by its target, or in its handler. */
const TARGETS =
  /\b(?:data-[\w-]{0,20}target|href|aria-controls|data-src|for|popovertarget)\s{0,3}=\s{0,3}["']?#?([\w-]{1,80})/gi;
const HANDLERS =
  /\bon(?:click|mouse\w{2,5}|focus|change|touch\w{3,6})\s{0,3}=\s{0,3}(?:"([^"]{1,500})"|'([^']{1,500})')/gi;
/** Class names of boxes that the usual toolkits open. */
const TOOLKIT =
  /^(?:modal|tab-?pane|tab-?panel|dropdown(?:-\w+)?|collapse|carousel-item|swiper-\w+|slick-\w+|owl-\w+|layui-\w[\w-]*|layer\w*|popover|offcanvas|fancybox\w*|lightbox|mfp-[\w-]+|accordion[\w-]*|panel-collapse|mega-?menu|sub-?menu|sub-?nav|side-?bar|mobile-?(?:nav|menu)|bdshare\w*|share-?\w*|nav-?(?:child|sub|drop)\w*)$/i;
/** A page longer than this is looked at up to here. */
const LONGEST = 2_000_000;

/** Reads a page's openings when they are first asked for. */
export function openingsOf(html: string): (hider: Hider) => boolean {
  let names: ReadonlySet<string> | null = null;
  let measures = false;
  const read = () => {
    const found = new Set<string>();
    const text = html.slice(0, LONGEST);
    for (const [, script] of text.matchAll(SCRIPT)) {
      if (/maxHeight|scrollHeight/.test(script!)) measures = true;
      if (!SHOWS.test(script!)) continue;
      for (const [, literal] of script!.matchAll(NAMES)) addNames(literal!, found);
    }
    for (const [, name] of text.matchAll(TARGETS)) found.add(name!);
    for (const match of text.matchAll(HANDLERS)) {
      for (const [, literal] of (match[1] ?? match[2]!).matchAll(NAMES)) addNames(literal!, found);
    }
    return found;
  };
  return ({ sign, id, classes, role, isSeries }) => {
    if (isSeries || role === 'dialog' || role === 'tabpanel') return true;
    if (classes.some((name) => TOOLKIT.test(name))) return true;
    names ??= read();
    if (sign === 'tiny-box' && measures) return true;
    return (id !== undefined && names.has(id)) || classes.some((name) => names!.has(name));
  };
}

function addNames(literal: string, found: Set<string>): void {
  for (const name of literal.match(/[\w-]{2,80}/g) ?? []) found.add(name);
}
