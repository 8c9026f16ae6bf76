/** The static signs by which an element is made invisible to people but not to search engines. */
import type { hiddenSigns } from './contract/rule-names.ts';
import type { Style } from './style-sheet.ts';

export type HiddenSign = (typeof hiddenSigns)[number];

/** What a style says that is asked of every element: read once for each style. */
export function lookOf(style: Style): StyleLook {
  let look = looks.get(style);
  if (!look) {
    look = { sign: hiddenSign(style), colour: readColour(style.get('color')), ground: groundOf(style) };
    looks.set(style, look);
  }
  return look;
}

interface StyleLook {
  readonly sign: HiddenSign | null;
  readonly colour: string | null;
  readonly ground: string | null;
}

const looks = new WeakMap<Style, StyleLook>();

/** The first sign that the style hides its element, or null. */
function hiddenSign(style: Style): HiddenSign | null {
  const get = (name: string) => style.get(name) ?? '';
  if (get('display') === 'none') return 'display-none';
  if (/^(?:hidden|collapse)$/.test(get('visibility'))) return 'visibility-hidden';
  const opacity = get('opacity');
  if (opacity !== '' && Number.parseFloat(opacity) <= (opacity.endsWith('%') ? 1 : 0.01))
    return 'transparent';
  if (/opacity\s*=\s*0(?!\d)|opacity\(\s*0(?:\.0+)?%?\s*\)/.test(get('filter'))) return 'transparent';
  if (get('content-visibility') === 'hidden') return 'visibility-hidden';
  if (isOffScreen(style)) return 'off-screen';
  const size =
    pixels(get('font-size')) ?? pixels(/(?:^|\s)([\d.]+(?:px|pt|em|rem))/.exec(get('font'))?.[1] ?? '');
  if (size !== null && size <= 1) return 'font-size-0';
  const spacing = pixels(get('letter-spacing'));
  if (spacing !== null && spacing <= -50) return 'font-size-0';
  if (isTiny(style) || /scale[xy3d]*\(\s*0(?:\.0\d*)?\s*[,)]/.test(get('transform'))) return 'tiny-box';
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

function isOffScreen(style: Style): boolean {
  const get = (name: string) => pixels(style.get(name) ?? '');
  const far = (value: number | null) => value !== null && value <= -300;
  if (far(get('text-indent')) || far(get('margin-left')) || far(get('margin-top'))) return true;
  if ((style.get('margin') ?? '').split(/\s+/).some((part) => far(pixels(part)))) return true;
  if (/translate[xy3d]*\([^)]*-\s*(?:\d{4,}px|\d{3,}(?:%|v[wh]))/.test(style.get('transform') ?? ''))
    return true;
  if (!/^(?:absolute|fixed|relative)$/.test(style.get('position') ?? '')) return false;
  const sides = ['left', 'top', 'right', 'bottom'].map((side) => get(side));
  return sides.some((value) => far(value) || (value !== null && value >= 5000));
}

function isTiny(style: Style): boolean {
  const get = (name: string) => pixels(style.get(name) ?? '');
  const small = (value: number | null) => value !== null && value <= 1;
  const width = small(get('width')) || small(get('max-width'));
  const height = small(get('height')) || small(get('max-height'));
  return (width && height) || ((width || height) && /hidden|clip/.test(style.get('overflow') ?? ''));
}

/** Pixels of a CSS length (percent and viewport units as of a 1000-pixel screen), or null. */
function pixels(value: string): number | null {
  const match = /^(-?(?:\d+\.?\d*|\.\d+))\s*(px|pt|em|rem|%|vw|vh|cm|in|)$/.exec(value);
  if (!match) return null;
  const factor = { '': 1, px: 1, pt: 4 / 3, em: 16, rem: 16, '%': 10, vw: 10, vh: 10, cm: 38, in: 96 }[
    match[2] as ''
  ];
  return Number(match[1]) * factor;
}

/** Whether two plain colours cannot be told apart on a screen: #f5f5f5 on #ffffff (contrast 1.1 to 1). */
export function isSameColour(a: string, b: string): boolean {
  if (a === b) return true;
  if (a.length !== 7 || b.length !== 7) return false;
  return [1, 3, 5].every(
    (at) =>
      Math.abs(Number.parseInt(a.slice(at, at + 2), 16) - Number.parseInt(b.slice(at, at + 2), 16)) <= 10,
  );
}

/** The ground that a style paints: a colour, `image` where no colour can be told, or null. */
function groundOf(style: Style): string | null {
  const painted = `${style.get('background') ?? ''} ${style.get('background-image') ?? ''}`;
  if (/url\(|gradient/.test(painted)) return 'image';
  return readColour(style.get('background-color') ?? style.get('background'));
}

const COLOURS: ReadonlyMap<string, string> = new Map([
  ['white', '#ffffff'],
  ['black', '#000000'],
  ['red', '#ff0000'],
  ['blue', '#0000ff'],
  ['green', '#008000'],
  ['gray', '#808080'],
  ['yellow', '#ffff00'],
  ['grey', '#808080'],
  ['transparent', 'transparent'],
]);

/** One spelling for a colour: `#rrggbb`, `transparent`, or null for what is not a plain colour. */
export function readColour(value: string | undefined): string | null {
  if (!value) return null;
  const text = value.trim().toLowerCase();
  const named = COLOURS.get(text);
  if (named) return named;
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/.exec(text);
  if (short) return `#${short[1]}${short[1]}${short[2]}${short[2]}${short[3]}${short[3]}`;
  if (/^#[0-9a-f]{6}$/.test(text)) return text;
  const rgb = /^rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:[\s,/]+([\d.]+))?\s*\)$/.exec(text);
  if (!rgb) return null;
  if (rgb[4] !== undefined && Number(rgb[4]) === 0) return 'transparent';
  return `#${rgb
    .slice(1, 4)
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join('')}`;
}
