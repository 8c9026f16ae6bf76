/** Bodies that a contract accepts, with every optional field, and where in them a text stands. */
import { z } from 'zod';
import type { Route } from '#base/contract';

type Json = Record<string, unknown>;
type Path = readonly (string | number)[];

export interface TextField {
  readonly path: Path;
  readonly maxLength: number;
  /** No pattern and no format: whatever a person types. */
  readonly isFree: boolean;
}

export interface SampleBody {
  readonly value: unknown;
  readonly texts: readonly TextField[];
  /** Where objects of a known shape stand: `[]` is the body itself. */
  readonly objects: readonly Path[];
}

/** What a field of this name holds; undefined: nothing in particular. */
export type Known = (name: string, path: Path) => unknown;

/** One body for each form that a route's body may have. */
export function bodiesOf(route: Route, known: Known): SampleBody[] {
  if (!route.body) return [];
  const schema = z.toJSONSchema(route.body, { io: 'input', unrepresentable: 'any' }) as Json;
  const definitions = (schema.$defs ?? {}) as Record<string, Json>;
  const forms = (schema.anyOf ?? schema.oneOf ?? [schema]) as Json[];
  return forms.map((form) => {
    const texts: TextField[] = [];
    const objects: Path[] = [];
    const value = sampleAt(form, [], { known, definitions, texts, objects });
    return { value, texts, objects };
  });
}

interface Gather {
  readonly known: Known;
  readonly definitions: Record<string, Json>;
  readonly texts: TextField[];
  readonly objects: Path[];
}

function sampleAt(schema: Json, path: Path, gather: Gather): unknown {
  const go = (one: Json, at: Path = path) => sampleAt(one, at, gather);
  if (path.length > 8) return null;
  if (typeof schema.$ref === 'string') return go(gather.definitions[schema.$ref.split('/').at(-1)!] ?? {});
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum)) {
    const given = gather.known(nameOf(path), path);
    return schema.enum.includes(given) ? given : schema.enum[0];
  }
  const choices = (schema.anyOf ?? schema.oneOf) as Json[] | undefined;
  if (choices) return go(choices.find((one) => one.type !== 'null') ?? choices[0]!);
  if (Array.isArray(schema.allOf))
    return Object.assign({}, ...(schema.allOf as Json[]).map((one) => go(one)));
  if (schema.type === 'object') return objectOf(schema, path, gather);
  if (schema.type === 'array') {
    const given = gather.known(nameOf(path), path);
    return Array.isArray(given) ? given : [go((schema.items ?? {}) as Json, [...path, 0])];
  }
  if (schema.type === 'integer' || schema.type === 'number')
    return gather.known(nameOf(path), path) ?? Number(schema.minimum ?? 1);
  if (schema.type === 'boolean') return gather.known(nameOf(path), path) ?? true;
  if (schema.type === 'null') return null;
  if (schema.type === 'string' || schema.pattern) return textOf(schema, path, gather);
  // A preprocessed value: a time, or something free.
  return gather.known(nameOf(path), path) ?? '2026-06-01T00:00:00Z';
}

function objectOf(schema: Json, path: Path, gather: Gather): unknown {
  const properties = (schema.properties ?? {}) as Record<string, Json>;
  if (schema.properties) gather.objects.push(path);
  const entries = Object.entries(properties).map(([name, one]) => [
    name,
    sampleAt(one, [...path, name], gather),
  ]);
  return Object.fromEntries(entries);
}

function textOf(schema: Json, path: Path, gather: Gather): unknown {
  const given = gather.known(nameOf(path), path);
  if (schema.format !== 'uuid') {
    gather.texts.push({
      path,
      maxLength: Number(schema.maxLength ?? 1_000_000),
      isFree: !schema.pattern && !schema.format,
    });
  }
  if (given !== undefined) return given;
  if (schema.format === 'uuid') return '00000000-0000-4000-8000-000000000000';
  if (schema.format === 'date-time') return '2026-06-01T00:00:00Z';
  if (schema.format === 'date') return '2026-06-01';
  if (schema.format === 'uri') return 'http://sample.example/';
  if (schema.format === 'email') return 'a@example.org';
  const [least, most] = [Number(schema.minLength ?? 0), Number(schema.maxLength ?? 1000)];
  const pattern = schema.pattern ? new RegExp(String(schema.pattern), 'u') : /^/;
  const fits = samples.find((text) => text.length >= least && text.length <= most && pattern.test(text));
  return fits ?? '样'.repeat(Math.max(1, least));
}

const samples = [
  '样例样例',
  'sample',
  'sample-1',
  'own_sample',
  '2026-06-01',
  '123456',
  '13900000000',
  '22:00',
];

function nameOf(path: Path): string {
  return String(path.findLast((step) => typeof step === 'string') ?? '');
}

/** The same value with another one at `path`. */
export function withAt(value: unknown, path: Path, put: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return put;
  if (Array.isArray(value)) return value.map((one, at) => (at === step ? withAt(one, rest, put) : one));
  const object = (value ?? {}) as Record<string, unknown>;
  return { ...object, [step]: withAt(object[step], rest, put) };
}
