/** Runs inside a page, in a world of its own: what the page is after its scripts and style sheets have done their work. */

export interface FlatPage {
  /** The elements and texts as they stand, without scripts and sheets; what hides an element is its own `style`. */
  readonly html: string;
  /** The page had more than was taken. */
  readonly isCut: boolean;
}

/**
 * Writes the page down as a reader without scripts and style sheets would have to be handed it. Its source is sent into
 * the page, so it uses nothing from outside itself; it changes nothing there. Addresses are absolute. What stands outside
 * a box that is itself seen (slides of a carousel) is not hidden: somebody can bring it in.
 */
export function flattenPage(maxChars: number, maxElements: number): FlatPage {
  const leftOut = new Set(['SCRIPT', 'STYLE', 'LINK', 'TEMPLATE', 'NOSCRIPT', 'BASE']);
  const kept = 'id class href src name content http-equiv alt title placeholder value type action data'.split(
    ' ',
  );
  const addresses = new Set(['href', 'src', 'action', 'data']);
  const alone = new Set('AREA BR COL EMBED HR IMG INPUT META SOURCE TRACK WBR'.split(' '));
  const text = (value: string) =>
    value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const pageWidth = Math.max(document.documentElement.scrollWidth, innerWidth);
  let html = '<!doctype html>';
  let elements = 0;

  const hasOwnText = (element: Element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && /\S/.test((node as Text).data));

  /** Where stands what is to be read of an element: its box may be wider. Null when it has none. */
  function boxOf(element: Element): DOMRect | null {
    const range = document.createRange();
    range.selectNodeContents(element);
    const inside = range.getBoundingClientRect();
    if (inside.width > 0 || inside.height > 0) return inside;
    const box = element.getBoundingClientRect();
    return box.width > 0 || box.height > 0 ? box : null;
  }

  const isOutside = (box: DOMRect) =>
    box.right + scrollX <= 0 || box.bottom + scrollY <= 0 || box.left + scrollX >= pageWidth;

  /** Whether a box that is seen cuts it off or scrolls it. */
  function isInFrame(element: Element): boolean {
    for (let one = element.parentElement; one && one !== document.body; one = one.parentElement) {
      if (getComputedStyle(one).overflow === 'visible') continue;
      const frame = one.getBoundingClientRect();
      if (frame.width > 1 && frame.height > 1 && !isOutside(frame)) return true;
    }
    return false;
  }

  function styleOf(element: Element, parent: CSSStyleDeclaration | null): string {
    const style = getComputedStyle(element);
    if (style.display === 'none') return 'display:none';
    const css: string[] = [];
    const copy = (name: string) => css.push(`${name}:${style.getPropertyValue(name)}`);
    if (style.visibility !== 'visible') copy('visibility');
    if (Number(style.opacity) <= 0.01) css.push('opacity:0');
    if (style.clipPath !== 'none') copy('clip-path');
    if (style.clip !== 'auto' && style.position !== 'static') copy('clip');
    if (Number.parseFloat(style.textIndent) <= -300) copy('text-indent');
    if (Number(style.zIndex) < 0 && style.position !== 'static')
      css.push(`position:${style.position}`, `z-index:${style.zIndex}`);
    if (style.backgroundImage !== 'none') css.push('background-image:url(x)');
    else if (!/^rgba\(.*, 0\)$/.test(style.backgroundColor)) copy('background-color');
    const isLink = element.tagName === 'A' || element.tagName === 'AREA' || element.tagName === 'IFRAME';
    const isRead = isLink || hasOwnText(element);
    if (isRead && style.color !== parent?.color) copy('color');
    if (isRead && Number.parseFloat(style.fontSize) <= 1) css.push('font-size:0');
    const own = element.getBoundingClientRect();
    const isCutOff = style.overflow !== 'visible' && (own.width <= 1 || own.height <= 1);
    if (isCutOff) css.push('width:0;height:0;overflow:hidden');
    else if (isRead) {
      const box = boxOf(element);
      if (box && isOutside(box) && !isInFrame(element)) css.push('position:absolute;left:-9999px');
      else if (box === null && hasOwnText(element) && style.display !== 'contents')
        css.push('transform:scale(0)');
    }
    return css.join(';');
  }

  function open(element: Element, parent: CSSStyleDeclaration | null): void {
    const name = element.tagName.toLowerCase();
    html += `<${name}`;
    for (const attribute of kept) {
      const value = element.getAttribute(attribute);
      if (value === null) continue;
      const address = addresses.has(attribute)
        ? (element as unknown as Record<string, unknown>)[attribute]
        : value;
      html += ` ${attribute}="${text(typeof address === 'string' ? address : value).replaceAll('"', '&quot;')}"`;
    }
    const style =
      document.body?.contains(element) || element.getRootNode() !== document ? styleOf(element, parent) : '';
    html += style === '' ? '>' : ` style="${text(style).replaceAll('"', '&quot;')}">`;
  }

  type Step = Node | { readonly end: string };
  const steps: Step[] = [document.documentElement];
  while (steps.length > 0 && html.length < maxChars && elements < maxElements) {
    const step = steps.pop()!;
    if (!(step instanceof Node)) {
      html += step.end;
      continue;
    }
    if (step.nodeType === 3) html += text((step as Text).data);
    if (step.nodeType !== 1) continue;
    const element = step as Element;
    if (leftOut.has(element.tagName)) continue;
    elements += 1;
    const around = element.parentElement;
    open(element, around && getComputedStyle(around));
    if (alone.has(element.tagName)) continue;
    steps.push({ end: `</${element.tagName.toLowerCase()}>` });
    const children = [...element.childNodes];
    if (element.shadowRoot) children.push(...element.shadowRoot.childNodes);
    for (let at = children.length - 1; at >= 0; at -= 1) steps.push(children[at]!);
  }
  const isCut = steps.some((step) => step instanceof Node);
  return { html: html.slice(0, maxChars), isCut };
}
