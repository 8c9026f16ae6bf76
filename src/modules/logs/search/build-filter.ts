/** From what somebody asked to what the store is asked: sources that they may see, tokens for names. */
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { findUnit } from '#units';
import { type Condition, isFault, isValueOf, type ParsedQuery, parseQuery, protocolOf } from '../contract.ts';
import { isToken, type Pseudonyms, pseudonymsOf } from '../pseudonyms.ts';
import * as catalogue from '../store/catalogue.ts';
import { hiddenRows } from '../store/hidden-rows.ts';
import type { Kind } from '../store/search-columns.ts';
import type { RowFilter } from '../store/search-rows.ts';
import { deviceNames } from './device-names.ts';

export interface SearchQuery {
  readonly from: string;
  readonly to: string;
  readonly source?: string | undefined;
  readonly unit?: string | undefined;
  readonly kind?: Kind | undefined;
  readonly ip?: string | undefined;
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  readonly mac?: string | undefined;
  readonly user?: string | undefined;
  readonly device?: string | undefined;
  readonly q?: string | undefined;
}

/** A search that may be asked: the actor sees all of its sources. */
export interface Question {
  readonly filter: RowFilter;
  readonly sources: ReadonlyMap<number, catalogue.SourceRow>;
  readonly pseudonyms: Pseudonyms;
}

/**
 * Checks the query and finds its sources: PostgreSQL's row-level security decides which those may be, the log store
 * only gets their numbers. Fails with `logs.bad_range`, `logs.query_*`, `logs.unknown_unit` and `base.not_found`.
 */
export async function buildQuestion(ctx: Ctx, query: SearchQuery): Promise<Question> {
  const from = new Date(query.from);
  const to = new Date(query.to);
  if (from >= to) fail('logs.bad_range');
  const { conditions, texts } = readConditions(query);
  const sources = await readableSources(ctx, query);
  const pseudonyms = await pseudonymsOf(ctx.app);
  const sourceIds = [...sources.keys()];
  const hidden = await hiddenRows(ctx);
  const filter = { from, to, sourceIds, hidden, kind: query.kind, conditions, texts };
  return { filter: await withTokens(ctx, filter, sources, pseudonyms), sources, pseudonyms };
}

const single = ['ip', 'port', 'host', 'mac', 'user', 'device'] as const;
const typeOfSingle = {
  ip: 'address',
  port: 'port',
  host: 'host',
  mac: 'mac',
  user: 'user',
  device: 'device',
} as const;

/** The conditions of the search box and those of its own fields. */
function readConditions(query: SearchQuery): ParsedQuery {
  const parsed = parseQuery(query.q ?? '');
  if (isFault(parsed)) fail(parsed.code, { column: parsed.column, ...parsed.details });
  for (const { field, values, column } of parsed.conditions) {
    const wrong = field === 'proto' && values.find(({ text }) => protocolOf(text) === undefined);
    if (wrong) fail('logs.query_value', { column, field, value: wrong.text, example: 'tcp, udp, 6' });
  }
  const conditions: Condition[] = [...parsed.conditions];
  for (const field of single) {
    const value = query[field];
    if (value === undefined) continue;
    const type = typeOfSingle[field];
    if (!isValueOf(type, 'is', String(value))) fail('base.invalid_input', { summary: `${field}: ${value}` });
    conditions.push({ field, type, not: false, values: [{ op: 'is', text: String(value) }], column: 0 });
  }
  return { conditions, texts: parsed.texts };
}

/** The sources that the actor may read, narrowed to one by name or to those of a unit and below. */
export async function readableSources(
  ctx: Ctx,
  { source: name, unit }: Pick<SearchQuery, 'source' | 'unit'>,
): Promise<Map<number, catalogue.SourceRow>> {
  if (name !== undefined) {
    const source = await catalogue.findSource(ctx, { name });
    if (!source) fail('base.not_found', { what: `log source ${name}` });
    return new Map([[source.id, source]]);
  }
  const all = await catalogue.visibleSources(ctx);
  if (unit === undefined) return all;
  const found = await findUnit(ctx, { code: unit });
  if (!found) fail('logs.unknown_unit', { unit });
  const path = found.unit_path;
  return new Map(
    [...all].filter(([, one]) => one.unit_path === path || one.unit_path.startsWith(`${path}.`)),
  );
}

/** Plain user names become the tokens that they had in the window; tokens of devices become their names. */
async function withTokens(
  ctx: Ctx,
  filter: RowFilter,
  sources: ReadonlyMap<number, catalogue.SourceRow>,
  pseudonyms: Pseudonyms,
): Promise<RowFilter> {
  const scopes = [...sources.values()].map(({ unit_path: unitPath, realm }) => ({ unitPath, realm }));
  const conditions: Condition[] = [];
  for (const condition of filter.conditions) {
    const texts = condition.values.map(({ text }) => text);
    let meant: string[] | undefined;
    if (condition.type === 'user') {
      meant = texts.flatMap((text) =>
        isToken(text) ? [text] : pseudonyms.tokensOf(text, scopes, filter.from, filter.to),
      );
    }
    if (condition.type === 'device' && texts.some(isToken)) {
      const named = await deviceNames(ctx.app, { filter, sources, pseudonyms }, new Set(texts));
      meant = [...texts.filter((text) => !isToken(text)), ...named];
    }
    conditions.push(
      meant === undefined
        ? condition
        : { ...condition, values: meant.map((text) => ({ op: 'is' as const, text })) },
    );
  }
  return { ...filter, conditions };
}
