/** Recomputes what is kept of dropped days from the segments that the catalogue calls dropped. Pure. */
import { createHash } from 'node:crypto';
import type { DropLine, SegmentLine } from '../contract/proofs.ts';
import type { DroppedDay } from './verify-catalogue.ts';

const mostFaults = 50;

interface Noted {
  readonly number: number;
  readonly sha256: string;
  readonly records: number;
}

/** One row of hashes, one a line: as the database makes it when a day is decided (docs/decisions/0068). */
function digestOf(hashes: readonly string[]): string {
  return createHash('sha256')
    .update(hashes.map((hash) => `${hash}\n`).join(''))
    .digest('hex');
}

export class DropCheck {
  readonly #kept = new Map<string, DropLine>();
  readonly #noted = new Map<string, Noted[]>();
  readonly #faults: string[] = [];

  /** What was kept of a day and source. */
  expect(line: DropLine): void {
    const key = keyOf(line);
    if (this.#kept.has(key)) this.#tell(`${nameOf(line)} is told twice`);
    else this.#kept.set(key, line);
  }

  /** A segment that is called dropped. */
  note({ dropped, lastRecv, sha256, records }: SegmentLine): void {
    // Catalogues of earlier versions do not say of which source and number it was.
    if (dropped?.source === undefined || dropped.number === undefined) return;
    const day = new Date(lastRecv).toISOString().slice(0, 10);
    const key = keyOf({ plan: dropped.plan, day, source: dropped.source });
    const noted = this.#noted.get(key) ?? [];
    this.#noted.set(key, noted);
    noted.push({ number: dropped.number, sha256, records });
  }

  /** What does not hold; `known`: whole days as others kept them. */
  faults(known: readonly DroppedDay[]): readonly string[] {
    for (const [key, noted] of this.#noted) {
      if (!this.#kept.has(key))
        this.#tell(`${key}: ${noted.length} segments are called dropped, nothing is kept of it`);
    }
    const days = new Map<string, DropLine[]>();
    for (const [key, line] of this.#kept) {
      if (line.late) continue;
      this.#compare(line, this.#noted.get(key) ?? []);
      const day = `${line.plan} ${line.day}`;
      days.set(day, [...(days.get(day) ?? []), line]);
    }
    for (const one of known) {
      const lines = (days.get(`${one.plan} ${one.day}`) ?? []).sort((a, b) => a.source - b.source);
      if (digestOf(lines.map((line) => line.digest)) !== one.digest)
        this.#tell(`${one.day} of plan ${one.plan}: the audit log kept another digest`);
    }
    return this.#faults;
  }

  #compare(line: DropLine, noted: Noted[]): void {
    const sorted = noted.sort((a, b) => a.number - b.number);
    const records = sorted.reduce((sum, one) => sum + one.records, 0);
    if (sorted.length !== line.segments || records !== line.records)
      this.#tell(
        `${nameOf(line)}: ${sorted.length} segments of ${records} records are called dropped, not ${line.segments} of ${line.records}`,
      );
    else if (digestOf(sorted.map((one) => one.sha256)) !== line.digest)
      this.#tell(`${nameOf(line)}: the digest is not that of these segments`);
  }

  /** Days and sources whose digests were recomputed. */
  get checked(): number {
    return this.#kept.size;
  }

  #tell(fault: string): void {
    if (this.#faults.length < mostFaults) this.#faults.push(fault);
  }
}

function keyOf({ plan, day, source }: Pick<DropLine, 'plan' | 'day' | 'source'>): string {
  return `${day}, source ${source}, plan ${plan}`;
}

function nameOf(line: DropLine): string {
  return keyOf(line);
}
