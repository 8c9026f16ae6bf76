/** What is looked for in a page to mark a finding, and what the answer means. Pure. */
import type { MarkedSpot, SpotRequest } from '#base/browser';
import type { Drawable, PictureUnseen } from './picture-store.ts';

/** Findings about a page as a whole: they have no spot, the picture shows its head. */
const WHOLE = new Set(['defacement', 'change', 'filing', 'stale', 'cloaking', 'interactive']);

/** How a finding is looked for. The key is its id. */
export function spotOf(finding: Drawable): SpotRequest {
  const { id: key, kind, text, context, href } = finding;
  if (WHOLE.has(kind) && href === null) return { key, text: '', whole: true };
  const cover = kind === 'personal-data';
  return { key, text, context, ...(href !== null && { target: href }), ...(cover && { cover }) };
}

/** Characters of the source on each side of the spot. */
const AROUND = 400;

/**
 * The source around a finding: at its place when the page still is what it was, else at the first occurrence of its
 * target or text. Null when it stands nowhere, and for personal data: its surroundings may hold more of it.
 */
export function sourceOf(
  finding: Drawable,
  source: string,
): { text: string; start: number; end: number } | null {
  if (finding.kind === 'personal-data') return null;
  for (const needle of [finding.href, finding.text]) {
    if (!needle) continue;
    const near = source.indexOf(needle, Math.max(0, finding.start_offset - AROUND));
    const at = near < 0 ? source.indexOf(needle) : near;
    if (at < 0) continue;
    const from = Math.max(0, at - AROUND);
    const text = source.slice(from, at + needle.length + AROUND).replaceAll('\u0000', '\ufffd');
    return { text, start: at - from, end: at - from + needle.length };
  }
  return null;
}

/** What a visitor sees: a spot that only the source has is told as that, and not as gone. */
export function unseenOf(spot: MarkedSpot, inSource: boolean): PictureUnseen | null {
  return spot.unseen === 'absent' && inSource ? 'only-source' : spot.unseen;
}
