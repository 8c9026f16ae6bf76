/** A list lives so long: senders come back within minutes. Milliseconds. */
const keepMs = 30 * 60_000;
const maxLists = 1024;

interface Left {
  readonly digests: string[];
  readonly at: number;
}

/**
 * Messages that a broken session had brought and that were never answered. RELP makes the sender repeat exactly these,
 * in their order, at the beginning of its next session: they are recognised there and not kept twice. What had been
 * answered when the connection broke is not here: whether the answer arrived nobody knows, and what comes again is kept
 * again. At least once, never less.
 */
export class ResendMemory {
  readonly #now: () => Date;
  readonly #left = new Map<string, Left[]>();
  #lists = 0;

  constructor(now: () => Date) {
    this.#now = now;
  }

  remember(sender: string, digests: string[]): void {
    if (digests.length === 0) return;
    if (this.#lists >= maxLists) this.#forgetOld();
    if (this.#lists >= maxLists) return;
    const lists = this.#left.get(sender) ?? [];
    lists.push({ digests, at: this.#now().getTime() });
    this.#left.set(sender, lists);
    this.#lists += 1;
  }

  /** The list of this sender that begins with this message, taken out; empty when there is none. */
  claim(sender: string, digest: string): string[] {
    const lists = this.#left.get(sender);
    if (!lists) return [];
    const oldest = this.#now().getTime() - keepMs;
    const at = lists.findIndex((one) => one.digests[0] === digest && one.at >= oldest);
    if (at < 0) return [];
    const [found] = lists.splice(at, 1);
    this.#lists -= 1;
    if (lists.length === 0) this.#left.delete(sender);
    return found!.digests;
  }

  #forgetOld(): void {
    const oldest = this.#now().getTime() - keepMs;
    for (const [sender, lists] of this.#left) {
      const kept = lists.filter(({ at }) => at >= oldest);
      this.#lists -= lists.length - kept.length;
      if (kept.length === 0) this.#left.delete(sender);
      else this.#left.set(sender, kept);
    }
  }
}
