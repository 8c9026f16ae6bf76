/** Plain CSS colours in one spelling, to tell whether letters can be seen on their ground (CSS Color 4). */

/** Whether two plain colours cannot be told apart on a screen: #f5f5f5 on #ffffff (contrast 1.1 to 1). */
export function isSameColour(a: string, b: string): boolean {
  if (a === b) return true;
  if (a.length !== 7 || b.length !== 7) return false;
  return [1, 3, 5].every(
    (at) =>
      Math.abs(Number.parseInt(a.slice(at, at + 2), 16) - Number.parseInt(b.slice(at, at + 2), 16)) <= 10,
  );
}

/** The names that pages use for grounds and letters, after CSS Color 4. */
const NAMES = new Map(
  `white ffffff black 000000 red ff0000 blue 0000ff green 008000 gray 808080 grey 808080 yellow ffff00 snow fffafa
   ivory fffff0 whitesmoke f5f5f5 gainsboro dcdcdc lightgray d3d3d3 lightgrey d3d3d3 silver c0c0c0 darkgray a9a9a9
   darkgrey a9a9a9 dimgray 696969 navy 000080 darkblue 00008b midnightblue 191970 teal 008080 maroon 800000 darkred 8b0000
   purple 800080 olive 808000 aqua 00ffff cyan 00ffff fuchsia ff00ff magenta ff00ff lime 00ff00 orange ffa500 gold ffd700
   aliceblue f0f8ff ghostwhite f8f8ff azure f0ffff mintcream f5fffa honeydew f0fff0 floralwhite fffaf0 seashell fff5ee
   linen faf0e6 oldlace fdf5e6 beige f5f5dc cornsilk fff8dc lavender e6e6fa lavenderblush fff0f5 lightyellow ffffe0
   lightcyan e0ffff antiquewhite faebd7 mistyrose ffe4e1 bisque ffe4c4 wheat f5deb3 pink ffc0cb crimson dc143c
   tomato ff6347 darkgreen 006400 steelblue 4682b4 skyblue 87ceeb lightblue add8e6`
    .trim()
    .split(/\s+/)
    .reduce<[string, string][]>((pairs, word, at, all) => {
      if (at % 2 === 0) pairs.push([word, `#${all[at + 1]}`]);
      return pairs;
    }, []),
);

const RGB = /^rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:[\s,/]+([\d.]+%?))?\s*\)$/;
const HSL = /^hsla?\(\s*([\d.]+)(?:deg)?[\s,]+([\d.]+)%[\s,]+([\d.]+)%(?:[\s,/]+([\d.]+%?))?\s*\)$/;

/** One spelling for a colour: `#rrggbb`, `transparent`, or null for what is not a plain colour. */
export function readColour(value: string | undefined): string | null {
  if (!value) return null;
  const text = value.trim().toLowerCase();
  if (text === 'transparent') return text;
  const named = NAMES.get(text);
  if (named) return named;
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])([0-9a-f])?$/.exec(text);
  if (short?.[4] === '0') return 'transparent';
  if (short) return `#${short[1]}${short[1]}${short[2]}${short[2]}${short[3]}${short[3]}`;
  if (/^#[0-9a-f]{6}$/.test(text)) return text;
  if (/^#[0-9a-f]{6}00$/.test(text)) return 'transparent';
  const parts = RGB.exec(text) ?? HSL.exec(text);
  if (!parts) return null;
  if (parts[4] !== undefined && Number.parseFloat(parts[4]) === 0) return 'transparent';
  const [first, second, third] = parts.slice(1, 4).map(Number) as [number, number, number];
  const channels = text.startsWith('rgb')
    ? [first, second, third]
    : fromHsl(first, second / 100, third / 100);
  return `#${channels.map((one) => Math.min(255, one).toString(16).padStart(2, '0')).join('')}`;
}

/** Red, green and blue of hue (degrees), saturation and lightness (0 to 1). */
function fromHsl(hue: number, saturation: number, lightness: number): number[] {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  return [0, 8, 4].map((step) => {
    const turn = (step + hue / 30) % 12;
    return Math.round(255 * (lightness - reach * Math.max(-1, Math.min(turn - 3, 9 - turn, 1))));
  });
}
