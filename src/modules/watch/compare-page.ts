/** What differs between two readings of one page. Pure. */
import type { PageFacts } from './page-facts.ts';
import { distance, SAME_BITS } from './simhash.ts';

export type ChangeClass = 'title' | 'text' | 'links' | 'scripts' | 'template';

export interface Sides {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

export interface Difference {
  readonly classes: readonly ChangeClass[];
  readonly distance: number;
  readonly title: Sides;
  /** Blocks that went and that came. */
  readonly text: Sides;
  readonly links: Sides;
  readonly scripts: Sides;
}

/** What was learned of the blocks that differ at every fetch. Keys are hashes of the block before. */
export interface Volatile {
  readonly known: readonly string[];
  /** Places that differed in the last comparison, while learning. */
  readonly last: readonly string[];
}

export const nothingVolatile: Volatile = { known: [], last: [] };

/** Fetches from which volatile blocks are learned. */
export const LEARN_FETCHES = 3;
const KEPT_BLOCKS = 60;
const KEPT_LINKS = 60;
/** Templates that share less than this part of their element paths are two templates. */
const TEMPLATE_SHARED = 0.5;

/** Compares two readings; undefined when nothing that matters differs. */
export function comparePages(
  before: PageFacts,
  after: PageFacts,
  volatile: Volatile = nothingVolatile,
): Difference | undefined {
  const skip = new Set(volatile.known);
  const text = blockSides(steady(before.blocks, skip), steady(after.blocks, skip));
  const links = sidesOf(before.links, after.links, KEPT_LINKS);
  const scripts = sidesOf(before.scripts, after.scripts, KEPT_LINKS);
  const title = before.title === after.title ? nothing : { before: [before.title], after: [after.title] };
  const bits = distance(before.simhash, after.simhash);
  const classes: ChangeClass[] = [];
  if (title !== nothing) classes.push('title');
  // A few bits without a block that came is the noise of counters; a block that came is a change however short.
  if (text.after.length > 0 || (text.before.length > 0 && bits > SAME_BITS)) classes.push('text');
  if (!isEmpty(links)) classes.push('links');
  if (!isEmpty(scripts)) classes.push('scripts');
  if (sharedPart(before.skeleton, after.skeleton) < TEMPLATE_SHARED) classes.push('template');
  return classes.length === 0 ? undefined : { classes, distance: bits, title, text, links, scripts };
}

const nothing: Sides = { before: [], after: [] };
const isEmpty = ({ before, after }: Sides) => before.length === 0 && after.length === 0;

/** What only one side has, in its order. */
function sidesOf(before: readonly string[], after: readonly string[], max: number): Sides {
  const old = new Set(before);
  const now = new Set(after);
  return {
    before: before.filter((one) => !now.has(one)).slice(0, max),
    after: after.filter((one) => !old.has(one)).slice(0, max),
  };
}

/** As `sidesOf`, told in the words of the page. */
function blockSides(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Sides {
  const only = (one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>) =>
    [...one].filter(([normal]) => !other.has(normal)).map(([, block]) => block);
  return {
    before: only(before, after).slice(0, KEPT_BLOCKS),
    after: only(after, before).slice(0, KEPT_BLOCKS),
  };
}

/** Digits do not count: a counter or a clock is the same block. */
const normalBlock = (block: string) => block.replaceAll(/\d+/g, '#');

/** Blocks that are not known to differ at every fetch, by what they say without digits. */
function steady(blocks: readonly string[], skip: ReadonlySet<string>): Map<string, string> {
  const result = new Map<string, string>();
  let before = '';
  for (const block of blocks) {
    const normal = normalBlock(block);
    if (!skip.has(keyOf(before))) result.set(normal, block);
    before = normal;
  }
  return result;
}

const keyOf = (before: string) => before.slice(-80);

/** What the comparison teaches, while the page was fetched fewer than four times. */
export function learnVolatile(
  before: PageFacts,
  after: PageFacts,
  known: Volatile,
  fetches: number,
): Volatile {
  if (fetches > LEARN_FETCHES) return known;
  const old = followers(before.blocks);
  const differing: string[] = [];
  for (const [key, block] of followers(after.blocks)) {
    if (old.has(key) && old.get(key) !== block) differing.push(key);
  }
  const last = new Set(known.last);
  const twice = differing.filter((key) => last.has(key));
  return { known: [...new Set([...known.known, ...twice])].slice(0, 40), last: differing.slice(0, 40) };
}

function followers(blocks: readonly string[]): Map<string, string> {
  const result = new Map<string, string>();
  let before = '';
  for (const block of blocks) {
    const normal = normalBlock(block);
    if (!result.has(keyOf(before))) result.set(keyOf(before), normal);
    before = normal;
  }
  return result;
}

/** Part of the element paths that two pages share: 1 for equal templates, also for two empty pages. */
export function sharedPart(a: readonly number[], b: readonly number[]): number {
  const first = new Set(a);
  const both = b.filter((one) => first.has(one)).length;
  const all = first.size + new Set(b).size - both;
  return all === 0 ? 1 : both / all;
}
