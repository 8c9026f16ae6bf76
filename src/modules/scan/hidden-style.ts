/** The static signs by which an element is made invisible to people but not to search engines. */
import type { hiddenSigns } from './contract/rule-names.ts';
import { readColour } from './css-colours.ts';
import type { Style } from './css-text.ts';

export type HiddenSign = (typeof hiddenSigns)[number];

/** What a style says that is asked of every element: read once for each style. */
export function lookOf(style: Style): StyleLook {
  let look = looks.get(style);
  if (!look) {
    const [colour, ground] = [readColour(style.get('color')), groundOf(style)];
    look = { sign: hiddenSign(style), colour, ground, isFlat: isFlat(style) };
    looks.set(style, look);
  }
  return look;
}

interface StyleLook {
  readonly sign: HiddenSign | null;
  readonly colour: string | null;
  readonly ground: string | null;
  /** Two pixels high or wide at most: a marquee of that size shows nothing. */
  readonly isFlat: boolean;
}

const looks = new WeakMap<Style, StyleLook>();

/** The first sign that the style hides its element, or null. */
export function hiddenSign(style: Style): HiddenSign | null {
  const get = (name: string) => style.get(name) ?? '';
  if (get('display') === 'none') return 'display-none';
  if (/^(?:hidden|collapse)$/.test(get('visibility'))) return 'visibility-hidden';
  const opacity = get('opacity');
  if (opacity !== '' && Number.parseFloat(opacity) <= (opacity.endsWith('%') ? 1 : 0.01))
    return 'transparent';
  if (/opacity\s*=\s*0(?!\d)|opacity\(\s*(?:0|0?\.0[\d]*|[01](?:\.\d+)?%)\s*\)/.test(get('filter')))
    return 'transparent';
  if (
    /gradient\(\s*transparent\s*,\s*transparent/.test(
      get('mask-image') + get('mask') + get('-webkit-mask-image'),
    )
  )
    return 'transparent';
  // Letters that are cut out of a picture or a gradient are seen.
  const isCutOut = groundOf(style) === 'image';
  if (get('-webkit-text-fill-color') === 'transparent' && !isCutOut) return 'transparent';
  if (get('content-visibility') === 'hidden') return 'visibility-hidden';
  if (isOffScreen(style, isCutOut)) return 'off-screen';
  const size =
    pixels(get('font-size')) ?? pixels(/(?:^|\s)([\d.]+(?:px|pt|em|rem))/.exec(get('font'))?.[1] ?? '');
  if (size !== null && size <= 1 && !isCutOut) return 'font-size-0';
  const spacing = pixels(get('letter-spacing'));
  if (spacing !== null && spacing <= -50) return 'font-size-0';
  if (isTiny(style) || /scale[xy3d]*\(\s*(?:0|0?\.0\d*)\s*[,)]/.test(get('transform'))) return 'tiny-box';
  if (/^(?:0|0?\.0\d*)(?:\s|$)/.test(get('scale'))) return 'tiny-box';
  if (/^-[1-9]/.test(get('z-index')) && /^(?:absolute|fixed|relative)$/.test(get('position')))
    return 'behind';
  if (
    /^rect\(\s*(?:0|1)(?:px)?[\s,]+(?:0|1)(?:px)?[\s,]+(?:0|1)(?:px)?[\s,]+(?:0|1)(?:px)?\s*\)/.test(
      get('clip'),
    )
  )
    return 'clipped';
  if (
    /^inset\(\s*(?:50|100)%|^circle\(\s*0|^polygon\((?:\s*0(?:px|%)?\s+0(?:px|%)?\s*,?)+\)/.test(
      get('clip-path'),
    )
  )
    return 'clipped';
  return null;
}

/** A picture in place of letters (`text-indent` beside a ground) is seen: `isPicture`. */
function isOffScreen(style: Style, isPicture: boolean): boolean {
  const get = (name: string) => pixels(style.get(name) ?? '');
  const far = (value: number | null) => value !== null && value <= -300;
  if ((far(get('text-indent')) && !isPicture) || far(get('margin-left')) || far(get('margin-top')))
    return true;
  const parts = (name: string) => (style.get(name) ?? '').split(/\s+/).map((part) => pixels(part));
  if (style.has('translate') && parts('translate').some(far)) return true;
  if (style.has('margin') && parts('margin').some(far)) return true;
  if (/translate[xy3d]*\([^)]*-\s*(?:\d{4,}px|\d{3,}(?:%|v[wh]))/.test(style.get('transform') ?? ''))
    return true;
  if (!/^(?:absolute|fixed|relative)$/.test(style.get('position') ?? '')) return false;
  const sides = ['left', 'top', 'right', 'bottom'].map((side) => get(side));
  if (style.has('inset')) sides.push(...parts('inset'));
  return sides.some((value) => far(value) || (value !== null && value >= 5000));
}

function isTiny(style: Style): boolean {
  const get = (name: string) => pixels(style.get(name) ?? '');
  const least = (side: string) =>
    Math.min(get(side) ?? Number.POSITIVE_INFINITY, get(`max-${side}`) ?? Number.POSITIVE_INFINITY);
  const [width, height] = [least('width'), least('height')];
  const cut = `${style.get('overflow') ?? ''} ${style.get('overflow-x') ?? ''} ${style.get('overflow-y') ?? ''}`;
  const isCut = /hidden|clip/.test(cut);
  if (isCut && Math.max(get('padding-top') ?? 0, get('padding-left') ?? 0) >= 1000) return true;
  return (width <= 1 && height <= 1) || (isCut && (width <= 2 || height <= 2));
}

const isFlat = (style: Style) =>
  ['width', 'height'].some((side) => (pixels(style.get(side) ?? '') ?? Number.POSITIVE_INFINITY) <= 2);

/** Pixels of a CSS length (percent and viewport units as of a 1000-pixel screen), or null. */
function pixels(value: string): number | null {
  const match = /^(-?(?:\d+\.?\d*|\.\d+))\s*(px|pt|em|rem|%|vw|vh|cm|in|)$/.exec(value);
  if (!match) return null;
  const factor = { '': 1, px: 1, pt: 4 / 3, em: 16, rem: 16, '%': 10, vw: 10, vh: 10, cm: 38, in: 96 }[
    match[2] as ''
  ];
  return Number(match[1]) * factor;
}

/** The ground that a style paints: a colour, `image` where no colour can be told, or null. */
function groundOf(style: Style): string | null {
  const painted = `${style.get('background') ?? ''} ${style.get('background-image') ?? ''}`;
  if (/url\(|gradient/.test(painted)) return 'image';
  return readColour(style.get('background-color') ?? style.get('background'));
}
