/**
 * What a running process has (`App`) and what a use case gets (`Ctx`). Built by hand in `src/main.ts`, the
 * only composition root, and by `test/support` with a fake clock.
 */
import type pg from 'pg';
import type { z } from 'zod';
import type { Clock } from '#base/clock';
import type { Config } from '#base/config';
import type { ErrorCode, EventType, Permission, SheetSpec } from '#base/contract';
import type { Db, Scope } from '#base/db';
import type { ExpiringFiles, FileStore } from '#base/files';
import type { Handler } from '#base/http';
import type { Every, Job, JobOptions } from '#base/jobs';
import type { Logger } from '#base/log';
import type { LogstoreClient } from '#base/logstore/client';
import type { RoleHealth } from '#base/role-health';

/** Who acts. `scope` is what the database lets them see; `permissions` what they may do there. */
export interface Actor {
  readonly kind: 'user' | 'machine' | 'system';
  /** Account id, token id, or the job's name: what the audit log records. */
  readonly id: string;
  readonly name: string;
  readonly unitId: string | null;
  readonly unitPath: string;
  readonly scope: Scope;
  readonly permissions: ReadonlySet<string>;
  /** The session through which a person acts. */
  readonly sessionId?: string;
  /** The error that every route but those of access `session` answers: what the person must do first. */
  readonly limited?: string;
  /** Looks without touching (view-as): every change, file and opening of something sealed is refused. */
  readonly readOnly?: true;
  /** Who really looks while `id` and `name` are another account's: the audit log names both. */
  readonly viewer?: { readonly id: string; readonly name: string; readonly until: string };
  /** The person whose delegated permission this act uses: the audit log says so. */
  readonly onBehalfOf?: { readonly id: string; readonly name: string; readonly delegation: string };
  /** Permissions that come by delegation and by nothing else, with whose they are. */
  readonly delegated?: ReadonlyMap<string, NonNullable<Actor['onBehalfOf']>>;
}

/** The system itself at work in a job: sees every unit. */
export function systemActor(name: string): Actor {
  return {
    kind: 'system',
    id: `system:${name}`,
    name,
    unitId: null,
    unitPath: '',
    scope: '*',
    permissions: new Set(),
  };
}

export interface App {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Logger;
  /** The owner's pool: migrations and the job queue only. */
  readonly ownerPool: pg.Pool;
  readonly appPool: pg.Pool;
  /** What is evidence or on record: never taken away. */
  readonly files: FileStore;
  /** What is kept for some days only. */
  readonly copies: ExpiringFiles;
  readonly logstore: LogstoreClient;
  readonly modules: readonly Module[];
  /** One transaction as `actor`: commits what `work` did, or nothing. */
  run<T>(actor: Actor, work: (ctx: Ctx) => Promise<T>): Promise<T>;
  /** Reads as `actor` what was there at one moment, however long it takes; a write fails. */
  readSnapshot<T>(actor: Actor, work: (ctx: Ctx) => Promise<T>): Promise<T>;
}

/** A use case's surroundings: one open transaction, seen through the actor's scope. */
export interface Ctx {
  readonly app: App;
  readonly db: Db;
  readonly actor: Actor;
  readonly clock: Clock;
  readonly log: Logger;
  /** Tells every subscriber, in this transaction. `unitPath` decides whose screens are refreshed. */
  emit<T extends z.ZodType>(type: EventType<T>, payload: z.input<T>, unitPath: string): Promise<void>;
  /** Asks for a job, in this transaction. */
  enqueue<T extends z.ZodType>(job: Job<T>, payload: z.input<T>, options?: JobOptions): Promise<void>;
}

/** The handle of a module's own tables and of the views it may read: `tables<SitesTables>(ctx)`. */
export function tables<T>(ctx: Pick<Ctx, 'db'>): import('kysely').Kysely<T> {
  return ctx.db as unknown as import('kysely').Kysely<T>;
}

export interface Subscription<T extends z.ZodType = z.ZodType> {
  readonly event: EventType<T>;
  /** Unique within the module: `<module>.<what it does>`. */
  readonly name: string;
  /** Runs as the system, at least once, in one transaction per delivery that acts once. */
  readonly run: (ctx: Ctx, payload: z.output<T>) => Promise<void>;
}

export function on<T extends z.ZodType>(
  event: EventType<T>,
  name: string,
  run: (ctx: Ctx, payload: z.output<T>) => Promise<void>,
): Subscription {
  return { event, name, run } as unknown as Subscription;
}

/** One thing that the global search found. `link` is an address of the web UI. */
export interface Found {
  readonly id: string;
  readonly title: string;
  readonly detail: string;
  readonly link: string;
}

/** What of a module the global search looks through. */
export interface Finder {
  /** What it finds, as the web UI's words know it: `site`, `person`. */
  readonly kind: string;
  /** Only asked for those who hold it. */
  readonly permission: string;
  /** At most `limit` best matches for a text, pinyin or a part of a number; runs as the caller. */
  readonly find: (ctx: Ctx, q: string, limit: number) => Promise<readonly Found[]>;
}

/** One thing in somebody's hands. */
export interface HeldThing {
  readonly id: string;
  readonly title: string;
  readonly detail: string | null;
  readonly unitId: string | null;
  readonly unitPath: string;
  /** The page of the UI that shows it. */
  readonly link: string | null;
}

/** Things of one kind that hang on a person: the module that knows people asks, the one that owns them answers. */
export interface Custody {
  readonly kind: string;
  /** Who may see them. */
  readonly permission: string;
  /** At most `limit` of them and how many there are, as the actor sees them. */
  readonly heldBy: (
    ctx: Ctx,
    personId: string,
    limit: number,
  ) => Promise<{ readonly items: readonly HeldThing[]; readonly total: number }>;
  /** Who was named for one of them on a day in China, as known now or at a given time; undefined: not seen. */
  readonly named?: (
    ctx: Ctx,
    thingId: string,
    when: { readonly day: string; readonly knownAt: Date | undefined },
  ) => Promise<
    | {
        readonly title: string;
        readonly unitId: string;
        readonly named: readonly { readonly role: string; readonly personId: string }[];
      }
    | undefined
  >;
  /** Gives them (of one unit, or only one) to another; answers how many. Without it they cannot be handed over. */
  readonly handOver?: (
    ctx: Ctx,
    transfer: {
      readonly from: string;
      readonly to: string;
      readonly of: { readonly unitId: string } | { readonly id: string };
    },
  ) => Promise<number>;
}

/** One fact about a subject that a module above asks for. */
export interface Fact {
  readonly subject: string;
  /** What was looked at: a word that the asking module's contract and the UI know. */
  readonly code: string;
  readonly state: 'met' | 'partly' | 'missing' | 'unknown';
  readonly about: string | null;
  readonly on: string | null;
  readonly link: string | null;
}

/** Answers what one module knows about subjects of a module above: low asks, high answers. */
export interface FactSource {
  /** What is asked, as the asking module's contract names it. */
  readonly topic: string;
  /** Facts about these subjects on a day (`YYYY-MM-DD`); `today` says whether that is now. */
  readonly read: (
    ctx: Ctx,
    subjects: readonly string[],
    when: { readonly day: string; readonly today: boolean },
  ) => Promise<readonly Fact[]>;
}

/** What a module gives to the composition root. */
export interface Module {
  readonly name: string;
  readonly errors?: Readonly<Record<string, ErrorCode>>;
  /** What its kinds of things are called in Chinese, as `{ 'log source': '日志源' }`: for the message that one is not there. */
  readonly things?: Readonly<Record<string, string>>;
  readonly permissions?: Readonly<Record<string, Permission>>;
  readonly routes?: readonly Handler[];
  // biome-ignore lint/suspicious/noExplicitAny: a list of jobs with different payloads has no common type
  readonly jobs?: readonly Job<any>[];
  readonly timers?: readonly Every[];
  /** What can be imported: the templates. */
  readonly sheets?: readonly SheetSpec[];
  readonly on?: readonly Subscription[];
  /** What of it hangs on a person, and must find a successor when that person goes. */
  readonly custody?: readonly Custody[];
  /** What it knows about subjects that a module above it answers for. */
  readonly facts?: readonly FactSource[];
  /** What of it the global search looks through. */
  readonly finders?: readonly Finder[];
  /** Says who holds a permission that was refused, so that the refused one knows whom to ask. One module does. */
  readonly explainRefusal?: (
    app: App,
    actor: Actor,
    permission: string,
  ) => Promise<Readonly<Record<string, unknown>>>;
  /** Called in each role process after the stores are up, in module order. */
  readonly start?: (app: App, role: string) => Promise<void>;
  /** Asked with every heartbeat of a role process: how the module's work there is doing; null: none there. */
  readonly health?: (app: App, role: string) => Promise<RoleHealth | null>;
  /** Called in reverse order on a graceful stop. */
  readonly stop?: (app: App, role: string) => Promise<void>;
}
