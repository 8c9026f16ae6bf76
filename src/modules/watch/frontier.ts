/** The addresses that a crawl still has to visit: first come, first served, each once. */

/** More waiting addresses than this are counted, not kept. */
const WAITING_MAX = 5000;
/** More addresses of one make than this wait until all others were visited: calendars lead on for ever. */
const PATTERN_MAX = 60;

export interface Frontier {
  /** Puts an address into the line, unless it was there before. Returns whether it is new and kept. */
  add(url: string): boolean;
  has(url: string): boolean;
  /** Notes an address as visited: it is not given out again. */
  visit(url: string): void;
  next(): string | undefined;
  /** Addresses that wait, and those for which there was no room. */
  left(): number;
}

export function createFrontier(): Frontier {
  const lines = [createLine(), createLine()] as const;
  const known = new Set<string>();
  const visited = new Set<string>();
  const patterns = new Map<string, number>();
  let dropped = 0;
  return {
    add: (url) => {
      if (known.has(url)) return false;
      if (lines[0].waiting() + lines[1].waiting() >= WAITING_MAX) {
        dropped += 1;
        return false;
      }
      known.add(url);
      const pattern = patternOf(url);
      const count = (patterns.get(pattern) ?? 0) + 1;
      patterns.set(pattern, count);
      lines[count > PATTERN_MAX ? 1 : 0].push(url);
      return true;
    },
    has: (url) => known.has(url),
    visit: (url) => {
      known.add(url);
      visited.add(url);
    },
    next: () => lines[0].next(visited) ?? lines[1].next(visited),
    left: () => dropped + lines[0].left(visited) + lines[1].left(visited),
  };
}

/** What addresses of one make have in common: numbers and values of parameters do not count. */
export function patternOf(address: string): string {
  const url = new URL(address);
  const keys = [...new Set(url.searchParams.keys())].sort().join('&');
  return `${url.host}${url.pathname.replaceAll(/\d+/g, '#')}?${keys}`;
}

function createLine() {
  const urls: string[] = [];
  let at = 0;
  return {
    push: (url: string) => void urls.push(url),
    waiting: () => urls.length - at,
    next: (visited: ReadonlySet<string>): string | undefined => {
      while (at < urls.length) {
        const url = urls[at++]!;
        if (!visited.has(url)) return url;
      }
      return undefined;
    },
    left: (visited: ReadonlySet<string>) => urls.slice(at).filter((url) => !visited.has(url)).length,
  };
}
