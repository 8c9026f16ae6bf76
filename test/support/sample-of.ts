/** A value that a contract's schema accepts, so that a refusal is about who asks and not about the form. */
import { z } from 'zod';

type Json = Record<string, unknown>;

/** Texts for patterns that no generator guesses. */
const texts = [
  '样例样例',
  'sample',
  'sample-1',
  'own_sample',
  'Sample-Pass-2026',
  '2027-01-01',
  '192.0.2.0/24',
  'http://sample.example/',
  '丽教办发〔2026〕57号',
  '331100',
  '123456',
  '13900000000',
  '00:00:5e:00:53:01',
  'a@example.org',
];

const made = new WeakMap<z.ZodType, { readonly value: unknown }>();

/** Undefined when none was found that the schema accepts. Made once for a schema. */
export function sampleOf(schema: z.ZodType): unknown {
  const known = made.get(schema) ?? { value: makeSample(schema) };
  made.set(schema, known);
  return known.value;
}

function makeSample(schema: z.ZodType): unknown {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Json;
  const value = sampleFor(json, (json.$defs ?? {}) as Record<string, Json>);
  return schema.safeParse(value).success ? value : undefined;
}

function sampleFor(schema: Json, definitions: Record<string, Json>): unknown {
  const go = (one: Json) => sampleFor(one, definitions);
  if (typeof schema.$ref === 'string') return go(definitions[schema.$ref.split('/').at(-1)!] ?? {});
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  const choices = (schema.anyOf ?? schema.oneOf) as Json[] | undefined;
  if (choices) return go(choices.find((one) => one.type !== 'null') ?? choices[0]!);
  if (Array.isArray(schema.allOf)) return Object.assign({}, ...(schema.allOf as Json[]).map(go));
  if (schema.type === 'object') {
    const properties = (schema.properties ?? {}) as Record<string, Json>;
    const required = (schema.required ?? []) as string[];
    return Object.fromEntries(required.map((name) => [name, go(properties[name] ?? {})]));
  }
  if (schema.type === 'array') {
    return Array.from({ length: Number(schema.minItems ?? 0) }, () => go((schema.items ?? {}) as Json));
  }
  if (schema.type === 'integer' || schema.type === 'number') return Number(schema.minimum ?? 1);
  if (schema.type === 'boolean') return true;
  if (schema.type === 'null') return null;
  if (schema.type === 'string' || schema.pattern) return textOf(schema);
  // A preprocessed value (a time) has no type.
  return '2027-01-01T00:00:00Z';
}

function textOf(schema: Json): string {
  if (schema.format === 'uuid') return '00000000-0000-4000-8000-000000000000';
  if (schema.format === 'date-time') return '2027-01-01T00:00:00Z';
  if (schema.format === 'date') return '2027-01-01';
  if (schema.format === 'uri') return 'http://sample.example/';
  if (schema.format === 'email') return 'a@example.org';
  const [least, most] = [Number(schema.minLength ?? 0), Number(schema.maxLength ?? 1000)];
  const pattern = schema.pattern ? new RegExp(String(schema.pattern), 'u') : /^/;
  const fits = texts.find((text) => text.length >= least && text.length <= most && pattern.test(text));
  return fits ?? '样'.repeat(Math.max(1, least));
}
