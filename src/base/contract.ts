/**
 * What a module's `contract.ts` is written with. No I/O: the server, the web UI and the CLI all import it.
 *
 * A route is a value. `base/http` turns it into a Fastify route, `docs/reference/openapi.json` is printed
 * from it, and `call(route, input)` in the web UI and the CLI is typed by it.
 */
import { z } from 'zod';

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * Who may call a route: a permission's key, any signed-in actor, or anyone. `session`: also who may do nothing yet
 * but change a first password or enrol a second factor.
 */
export type Access = string | 'signed-in' | 'session' | 'public';

/** A route as data. `params`, `query` and `body` are Zod objects; `reply` is the JSON body of a 200. */
export interface Route<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
  R extends z.ZodType = z.ZodType,
> {
  readonly method: HttpMethod;
  /** Fastify path, e.g. `/api/sites/:id`. */
  readonly path: string;
  /** One English sentence; it becomes the OpenAPI summary. */
  readonly summary: string;
  readonly access: Access;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly reply?: R;
  /** `stream`: the body is read as bytes and not parsed. `file`: the reply is bytes, not JSON. */
  readonly accepts?: 'json' | 'stream' | 'multipart';
  readonly produces?: 'json' | 'file' | 'events';
  /** The most bytes that a JSON body may have; 1 MiB when it does not say. */
  readonly maxBytes?: number;
  /** Stricter than the limit that holds for every route: so many calls in so many minutes. */
  readonly limit?: RouteLimit;
  /** Called by another system's server, or by a form of another site: no proof against forged requests is asked. */
  readonly fromOutside?: true;
  /**
   * Of a route for everybody signed in: the permission that a token needs for it (a person needs none). A token that holds
   * nothing but such permissions opens no other route that asks for no more than a sign-in.
   */
  readonly forMachines?: string;
  /** A change that somebody who only looks (view-as) may make all the same: to stop looking. */
  readonly whileViewing?: true;
}

export interface RouteLimit {
  readonly calls: number;
  readonly minutes: number;
  /** `address`: whoever calls from there; `actor`: the account or token. */
  readonly of: 'address' | 'actor';
}

/** Declares a route. It only returns its argument, with the types kept. */
export function route<
  P extends z.ZodType = z.ZodUndefined,
  Q extends z.ZodType = z.ZodUndefined,
  B extends z.ZodType = z.ZodUndefined,
  R extends z.ZodType = z.ZodUndefined,
>(definition: Route<P, Q, B, R>): Route<P, Q, B, R> {
  return definition;
}

/** A domain event: emitted in the transaction that causes it, delivered at least once to every subscriber. */
export interface EventType<T extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly payload: T;
}

export function event<T extends z.ZodType>(name: string, payload: T): EventType<T> {
  return { name, payload };
}

/** An error code of a module, its HTTP status and its two messages; `{name}` marks are filled from details. */
export interface ErrorCode {
  readonly status: number;
  readonly zh: string;
  readonly en: string;
}

/** A permission that a role may hold, with the words that the UI shows when it is missing. */
export interface Permission {
  readonly zh: string;
  readonly en: string;
}

/** A point in time on the wire: ISO 8601 in UTC. The server may hand over a Date. */
export const time = z.preprocess(
  (value) => (value instanceof Date ? value.toISOString() : value),
  z.iso.datetime({ offset: true }),
);

/** The query of every list: server-paged, filtered; one that can be sorted adds `sort: sortBy(…)`. */
export const listQuery = z.object({
  page: z.coerce.number().int().min(1).default(1),
  pageSize: z.coerce.number().int().min(1).max(500).default(20),
  q: z.string().trim().max(200).optional(),
});

/** By which of its columns a list is sorted; `-column`: descending. */
export function sortBy<const T extends string>(...columns: readonly T[]) {
  return z.enum(columns.flatMap((column) => [column, `-${column}` as const])).optional();
}

/**
 * The reply of a list. `total` is exact up to 10,000 rows; with `capped` there are at least that many
 * (counting 100,000 rows through row-level security for every page would cost more than the page).
 */
export function listOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), total: z.number().int(), capped: z.boolean().optional() });
}

export const idParams = z.object({ id: z.uuid() });

/** A contract's own message is `Chinese / English`; this is the half for a reader of that language. */
export function halfOf(message: string, language: 'zh' | 'en'): string {
  const at = message.indexOf(' / ');
  if (at < 0 || !/\p{Script=Han}/u.test(message.slice(0, at))) return message;
  return language === 'zh' ? message.slice(0, at) : message.slice(at + 3);
}

/** What an import answers; `row` is the line as a spreadsheet program shows it, `column` a field key. */
export const importReply = z.object({
  accepted: z.number().int(),
  rejected: z.number().int(),
  errors: z.array(
    z.object({
      row: z.number().int(),
      column: z.string(),
      code: z.string(),
      message: z.string(),
      /** Nothing is wrong with this row itself: it was refused because that row was. */
      follows: z.number().int().optional(),
    }),
  ),
  /** Id of the error workbook (same rows, reasons as comments); null when every row was accepted. */
  errorWorkbook: z.uuid().nullable(),
  /** Of the accepted rows: new ones, changed ones, and those that said what was known already. */
  created: z.number().int().optional(),
  updated: z.number().int().optional(),
  unchanged: z.number().int().optional(),
  /** Headings that stand for no field: their cells were not read. */
  unknownColumns: z.array(z.string()).optional(),
  /** Other sheets of the workbook that have content: not read. */
  otherSheets: z.array(z.string()).optional(),
  /** Rows left out on purpose: the key line, the example, comments. */
  skippedRows: z
    .array(z.object({ row: z.number().int(), reason: z.enum(['keys', 'example', 'comment']) }))
    .optional(),
});
export type ImportReply = z.infer<typeof importReply>;

export const importQuery = z.object({ fileName: z.string().min(1).max(255) });

/** One column of an import sheet. */
export interface SheetField {
  readonly key: string;
  readonly zh: string;
  readonly en: string;
  readonly required: boolean;
  readonly example: string;
  readonly note?: string;
  /** `also`: what sheets called it before, still read. */
  readonly choices?: readonly {
    readonly value: string;
    readonly zh: string;
    readonly also?: string;
  }[];
}

/** The columns of one kind of import sheet. */
export interface SheetSpec {
  readonly kind: string;
  readonly zh: string;
  readonly fields: readonly SheetField[];
}
