/** The addresses that a crawl still has to visit: first come, first served, each once. */

/** More waiting addresses than this are counted, not kept. */
const WAITING_MAX = 5000;

export interface Frontier {
  /** Puts an address into the line, unless it was there before. */
  add(url: string): void;
  /** Notes an address as visited: it is not given out again. */
  visit(url: string): void;
  next(): string | undefined;
  /** Addresses that wait, and those for which there was no room. */
  left(): number;
}

export function createFrontier(): Frontier {
  const line: string[] = [];
  const known = new Set<string>();
  const visited = new Set<string>();
  let at = 0;
  let dropped = 0;
  return {
    add: (url) => {
      if (known.has(url)) return;
      if (line.length - at >= WAITING_MAX) {
        dropped += 1;
        return;
      }
      known.add(url);
      line.push(url);
    },
    visit: (url) => {
      known.add(url);
      visited.add(url);
    },
    next: () => {
      while (at < line.length) {
        const url = line[at++]!;
        if (!visited.has(url)) return url;
      }
      return undefined;
    },
    left: () => dropped + line.slice(at).filter((url) => !visited.has(url)).length,
  };
}
