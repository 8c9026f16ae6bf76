/**
 * The templates of one exporter: what the records of a set consist of. They arrive in datagrams of their own, change
 * when a device restarts, and are announced again and again; versions are kept with the time from which they hold, so
 * that records are read by the template of their own time, also when they are read again later.
 */
import { type Slot, slotOf } from './elements.ts';

/** Bounds of what one exporter may make us remember: a real one has fewer than 100 templates of fewer than 60 fields. */
const maxTemplates = 512;
export const maxFields = 256;
const maxVersions = 3;

/** `[element, length, enterprise]`; length 65535 is told by each record (RFC 7011 §7). */
export type FieldSpec = readonly [number, number, number];

/** One field of a template as it is read. */
export interface TemplateField {
  readonly slot: Slot | -1;
  readonly length: number;
}

export interface Template {
  readonly fields: readonly TemplateField[];
  /** Fields that name what an options record is about; 0 for records of data. */
  readonly scopes: number;
  readonly isOptions: boolean;
  /** Bytes that a record has at least: never 0. */
  readonly minBytes: number;
}

export interface Definition {
  readonly fields: readonly FieldSpec[];
  readonly scopes: number;
  readonly isOptions: boolean;
}

interface Version extends Definition {
  /** Receipt from which it holds, and of its last announcement as far as noted. */
  at: number;
  seen: number;
}

/** As JSON within the memory of a source. */
export interface KnownTemplates {
  /** By `domain:template`, newest version last. */
  readonly templates: Record<string, Version[]>;
  /** Templates that records waited for in vain, by the same key. */
  readonly awaited: Record<string, true>;
  /** Facts told by options, by domain: `boot` (ms), `sampling` (one packet in …). */
  readonly facts: Record<string, { boot?: number; sampling?: number }>;
}

export const variable = 65_535;
const noteEveryMs = 3_600_000;

/** Works on what is remembered of one exporter; `changed` says whether there is something new to remember. */
export class TemplateStore {
  readonly #known: KnownTemplates;
  readonly #compiled = new WeakMap<Version, Template | null>();
  changed = false;
  /** A template came that records had waited for: they can be read now. */
  resolved = false;

  constructor(known: unknown) {
    this.#known = isKnown(known) ? known : { templates: {}, awaited: {}, facts: {} };
  }

  get known(): KnownTemplates {
    return this.#known;
  }

  /** The template that held at `recvAt`; before the first one was seen, that one. */
  find(domain: number, id: number, recvAt: number): Template | null | undefined {
    const key = `${domain}:${id}`;
    const versions = this.#known.templates[key];
    if (!versions) {
      this.#await(key);
      return undefined;
    }
    const version = versions.findLast(({ at }) => at <= recvAt) ?? versions[0]!;
    const compiled = this.#compiled.get(version);
    if (compiled !== undefined) return compiled;
    const fresh = compile(version);
    this.#compiled.set(version, fresh);
    return fresh;
  }

  #await(key: string): void {
    if (this.#known.awaited[key] || Object.keys(this.#known.awaited).length >= maxTemplates) return;
    this.#known.awaited[key] = true;
    this.changed = true;
  }

  /** Remembers a definition that was announced in a datagram received at `recvAt`. */
  learn(domain: number, id: number, definition: Definition, recvAt: number): void {
    const key = `${domain}:${id}`;
    const versions = this.#known.templates[key] ?? this.#room(key);
    const inForce = versions.findLast(({ at }) => at <= recvAt) ?? versions[0];
    if (inForce && isSame(inForce, definition)) {
      // An announcement is not worth a row each time; a note an hour keeps it from being taken for forgotten.
      if (Math.abs(recvAt - inForce.seen) < noteEveryMs && recvAt >= inForce.at) return;
      inForce.at = Math.min(inForce.at, recvAt);
      inForce.seen = Math.max(inForce.seen, recvAt);
    } else {
      versions.push({ ...definition, at: recvAt, seen: recvAt });
      versions.sort((a, b) => a.at - b.at);
      if (versions.length > maxVersions) versions.shift();
    }
    this.changed = true;
    if (!this.#known.awaited[key]) return;
    delete this.#known.awaited[key];
    this.resolved = true;
  }

  /** A place for a template that is new; when there are too many, the one that was announced longest ago goes. */
  #room(key: string): Version[] {
    const { templates } = this.#known;
    const keys = Object.keys(templates);
    if (keys.length >= maxTemplates) {
      const seen = (one: string) => templates[one]!.at(-1)?.seen ?? 0;
      delete templates[keys.reduce((oldest, one) => (seen(one) < seen(oldest) ? one : oldest))];
    }
    templates[key] = [];
    return templates[key];
  }

  factsOf(domain: number): { boot?: number; sampling?: number } {
    return this.#known.facts[domain] ?? {};
  }

  tell(domain: number, facts: { boot?: number; sampling?: number }): void {
    const before = this.#known.facts[domain];
    if (before && before.boot === facts.boot && before.sampling === facts.sampling) return;
    if (!before && Object.keys(this.#known.facts).length >= maxTemplates) return;
    this.#known.facts[domain] = { ...before, ...facts };
    this.changed = true;
  }
}

function isKnown(value: unknown): value is KnownTemplates {
  return typeof value === 'object' && value !== null && 'templates' in value && 'awaited' in value;
}

function isSame(a: Definition, b: Definition): boolean {
  return (
    a.scopes === b.scopes &&
    a.isOptions === b.isOptions &&
    a.fields.length === b.fields.length &&
    a.fields.every((field, i) => field.every((value, j) => value === b.fields[i]![j]))
  );
}

/** `null` for a template whose records would have no length: reading them would never end. */
function compile({ fields, scopes, isOptions }: Definition): Template | null {
  let minBytes = 0;
  const compiled = fields.map(([element, length, enterprise], i) => {
    minBytes += length === variable ? 1 : length;
    const slot = i < scopes ? -1 : slotOf(element, enterprise, length === variable ? 0 : length);
    return { slot, length } as TemplateField;
  });
  return minBytes === 0 ? null : { fields: compiled, scopes, isOptions, minBytes };
}
