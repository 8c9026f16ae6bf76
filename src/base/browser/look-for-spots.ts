/** Runs inside a page, in a world of its own: where something stands in it, and why a visitor does not see it. */

/** What is to be found: a text, or what leads to an address. */
export interface SpotRequest {
  readonly key: string;
  /** `*` stands for any one character: a masked number is found by what is left of it. */
  readonly text: string;
  /** An address; then an element that leads to it or loads it is looked for, and `text` only chooses between several. */
  readonly target?: string;
  /** What stands around the text: it chooses between several places. */
  readonly context?: string;
  /** Nobody is to read it in a picture: it is painted over. */
  readonly cover?: boolean;
  /** The page as a whole: its head is shown, nothing is framed. */
  readonly whole?: boolean;
}

/** Why a visitor does not see it. `not-drawn`: a part of the source that draws nothing (script, meta, attribute). */
export type Unseen =
  | 'display-none'
  | 'visibility-hidden'
  | 'transparent'
  | 'tiny'
  | 'off-screen'
  | 'clipped'
  | 'same-colour'
  | 'in-title'
  | 'not-drawn'
  | 'absent'
  | 'beyond';

/** In pixels of the page from its upper left corner. */
export interface SpotBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** One answer for each request: boxes when a visitor sees it, else why not. */
export interface SpotPlace {
  readonly key: string;
  readonly boxes: readonly SpotBox[];
  readonly unseen: Unseen | null;
}

/**
 * Answers where the requests stand. Its source is sent into the page, so it uses nothing from outside itself; it
 * changes nothing there. Bounded: two million characters, 50,000 elements, 200 places a request.
 */
export function lookForSpots(
  requests: readonly SpotRequest[],
  width: number,
  maxHeight: number,
): SpotPlace[] {
  const fold = (text: string) => text.normalize('NFKC').toLowerCase();
  const isBlank = (char: string) => /[\s\u00ad\u200b-\u200f\u2060\ufeff]/.test(char);
  const plain = (text: string) => [...fold(text)].filter((char) => !isBlank(char)).join('');

  // All text of the page in one string, with the way back to its nodes.
  const nodes: Text[] = [];
  const starts: number[] = [];
  const maps: Uint32Array[] = [];
  let all = '';
  const walker = document.createTreeWalker(document, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node && all.length < 2_000_000; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!parent || /^(?:script|style|noscript|template|textarea)$/i.test(parent.tagName)) continue;
    const map: number[] = [];
    let text = '';
    let at = 0;
    for (const char of (node as Text).data) {
      const folded = isBlank(char) ? '' : fold(char);
      for (let i = 0; i < folded.length; i += 1) map.push(at);
      text += folded;
      at += char.length;
    }
    if (text === '') continue;
    nodes.push(node as Text);
    starts.push(all.length);
    maps.push(Uint32Array.from(map));
    all += text;
  }

  function placesOf(needle: string): number[] {
    if (needle === '') return [];
    const list: number[] = [];
    if (needle.includes('*')) {
      const pattern = needle.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^]');
      for (const match of all.matchAll(new RegExp(pattern, 'g'))) {
        list.push(match.index);
        if (list.length === 200) break;
      }
      return list;
    }
    for (let at = all.indexOf(needle); at >= 0 && list.length < 200; at = all.indexOf(needle, at + 1))
      list.push(at);
    return list;
  }

  /** How many characters around a place are those of the context. */
  function closeness(at: number, length: number, before: string, after: string): number {
    let score = 0;
    while (score < before.length && all[at - 1 - score] === before[before.length - 1 - score]) score += 1;
    let right = 0;
    while (right < after.length && all[at + length + right] === after[right]) right += 1;
    return score + right;
  }

  function locate(at: number): { node: Text; offset: number } {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (starts[middle]! <= at) low = middle;
      else high = middle - 1;
    }
    const map = maps[low]!;
    return { node: nodes[low]!, offset: map[Math.min(at - starts[low]!, map.length - 1)]! };
  }

  function styleProblem(element: Element): Unseen | null {
    if (element.closest('title')) return 'in-title';
    if (/^(?:script|meta|link|base|noscript|template|head|style)$/i.test(element.tagName)) return 'not-drawn';
    for (let one: Element | null = element; one; one = one.parentElement) {
      const style = getComputedStyle(one);
      if (style.display === 'none') return 'display-none';
      if (Number(style.opacity) < 0.05) return 'transparent';
    }
    const style = getComputedStyle(element);
    if (style.visibility !== 'visible') return 'visibility-hidden';
    return null;
  }

  const rgba = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);

  /** Only plain colours: over a picture nothing is said. */
  function isSameColour(element: Element): boolean {
    const ink = rgba(getComputedStyle(element).color);
    if (ink.length > 3 && ink[3]! < 0.05) return true;
    for (let one: Element | null = element; one; one = one.parentElement) {
      const style = getComputedStyle(one);
      if (style.backgroundImage !== 'none') return false;
      const paper = rgba(style.backgroundColor);
      if (paper.length > 3 && paper[3] === 0) continue;
      if (paper.length > 3 && paper[3]! < 0.9) return false;
      return [0, 1, 2].every((i) => Math.abs(ink[i]! - paper[i]!) <= 6);
    }
    return [0, 1, 2].every((i) => ink[i]! >= 249);
  }

  /** The part of a box that its scrolling or cutting ancestors leave. */
  function clip(element: Element, box: DOMRect): SpotBox {
    let left = box.left;
    let top = box.top;
    let right = box.right;
    let bottom = box.bottom;
    for (let one = element.parentElement; one && one !== document.body; one = one.parentElement) {
      if (getComputedStyle(one).overflow === 'visible' || one === document.documentElement) continue;
      const frame = one.getBoundingClientRect();
      left = Math.max(left, frame.left);
      top = Math.max(top, frame.top);
      right = Math.min(right, frame.right);
      bottom = Math.min(bottom, frame.bottom);
    }
    return { x: left + scrollX, y: top + scrollY, width: right - left, height: bottom - top };
  }

  function judge(key: string, element: Element, rects: DOMRect[], isText: boolean): SpotPlace {
    const no = (unseen: Unseen): SpotPlace => ({ key, boxes: [], unseen });
    const problem = styleProblem(element);
    if (problem) return no(problem);
    const drawn = rects.filter((one) => one.width > 1 && one.height > 1);
    if (drawn.length === 0 || (isText && Number.parseFloat(getComputedStyle(element).fontSize) < 3))
      return no('tiny');
    const inside = drawn.filter(
      (one) => one.right + scrollX > 0 && one.bottom + scrollY > 0 && one.left + scrollX < width,
    );
    if (inside.length === 0) return no('off-screen');
    const left = inside.map((one) => clip(element, one)).filter((one) => one.width > 1 && one.height > 1);
    if (left.length === 0) return no('clipped');
    const reached = left.filter((one) => one.y < maxHeight);
    if (reached.length === 0) return no('beyond');
    if (isText && isSameColour(element)) return no('same-colour');
    return { key, boxes: reached.slice(0, 20), unseen: null };
  }

  const rank = (place: SpotPlace) => (place.unseen === null ? 2 : place.unseen === 'not-drawn' ? 0 : 1);

  function textSpot(request: SpotRequest): SpotPlace | undefined {
    const needle = plain(request.text);
    const around = plain(request.context ?? '');
    const within = around.indexOf(needle);
    const before = within < 0 ? '' : around.slice(Math.max(0, within - 30), within);
    const after = within < 0 ? '' : around.slice(within + needle.length, within + needle.length + 30);
    const judged = placesOf(needle).map((at) => {
      const from = locate(at);
      const to = locate(at + needle.length - 1);
      const range = document.createRange();
      range.setStart(from.node, from.offset);
      range.setEnd(to.node, Math.min(to.node.length, to.offset + 1));
      const spot = judge(request.key, from.node.parentElement!, [...range.getClientRects()], true);
      return { spot, score: closeness(at, needle.length, before, after) };
    });
    judged.sort((a, b) => b.score - a.score || rank(b.spot) - rank(a.spot));
    // What is to be covered is covered wherever it stands.
    if (request.cover && judged.some((one) => one.spot.unseen === null)) {
      return { key: request.key, boxes: judged.flatMap((one) => one.spot.boxes), unseen: null };
    }
    return judged[0]?.spot;
  }

  const elements = [...document.querySelectorAll('*')].slice(0, 50_000);
  const address = (raw: string) => URL.parse(raw, document.baseURI)?.href;

  function targetSpot(request: SpotRequest): SpotPlace | undefined {
    const wanted = address(request.target!);
    // The bare name of a host stands for whatever leads there.
    const host = wanted !== undefined && new URL(wanted).pathname === '/' ? new URL(wanted).host : undefined;
    const leads = (raw: string | null) => {
      const to = raw ? URL.parse(raw, document.baseURI) : null;
      return to !== null && (to.href === wanted || (host !== undefined && to.host === host));
    };
    const list: { spot: SpotPlace; same: boolean }[] = [];
    for (const element of elements) {
      const raws = ['href', 'src', 'action', 'data', 'xlink:href'].map((name) => element.getAttribute(name));
      if (!raws.some(leads)) continue;
      const rects = [element, ...element.querySelectorAll('img, span, div, font, b')].flatMap((one) => [
        ...one.getClientRects(),
      ]);
      const isText = (element.textContent ?? '').trim() !== '';
      const spot = judge(request.key, element, rects, isText);
      list.push({ spot, same: plain(element.textContent ?? '') === plain(request.text) });
      if (list.length === 200) break;
    }
    list.sort((a, b) => Number(b.same) - Number(a.same) || rank(b.spot) - rank(a.spot));
    return list[0]?.spot;
  }

  function attributeSpot(request: SpotRequest): SpotPlace | undefined {
    const needle = plain(request.text);
    if (needle === '') return undefined;
    for (const element of elements) {
      for (const name of ['alt', 'title', 'content', 'placeholder', 'value', 'aria-label']) {
        const value = element.getAttribute(name);
        if (value === null || !plain(value).includes(needle)) continue;
        const isShown =
          name === 'placeholder' || name === 'value' || (name === 'alt' && element.tagName === 'IMG');
        if (!isShown) return { key: request.key, boxes: [], unseen: 'not-drawn' };
        return judge(request.key, element, [...element.getClientRects()], false);
      }
    }
    return undefined;
  }

  return requests.map((request) =>
    request.whole
      ? { key: request.key, boxes: [], unseen: null }
      : ((request.target === undefined ? undefined : targetSpot(request)) ??
        textSpot(request) ??
        attributeSpot(request) ?? { key: request.key, boxes: [], unseen: 'absent' }),
  );
}
