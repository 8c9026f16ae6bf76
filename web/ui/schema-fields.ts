import type { z } from 'zod';

export type FieldKind =
  | 'text'
  | 'number'
  | 'switch'
  | 'select'
  | 'multi'
  | 'time'
  | 'date'
  | 'tags'
  | 'numbers'
  | 'object'
  | 'list'
  | 'other';

/** What a form needs to know about one property of a Zod object. */
export interface FieldShape {
  readonly name: string;
  readonly kind: FieldKind;
  readonly required: boolean;
  readonly nullable: boolean;
  readonly options: readonly string[];
  readonly maxLength: number | undefined;
  /** Of an object, or of each object in a list: its own fields. */
  readonly fields: readonly FieldShape[];
  readonly property: z.ZodType;
}

interface Definition {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly out?: z.ZodType;
  readonly element?: z.ZodType;
}

/** Reads the fields of a Zod object in their order. Wrappers (optional, default, pipe…) are looked through. */
export function readFields(schema: z.ZodObject): FieldShape[] {
  return Object.entries(schema.shape).map(([name, property]) => readField(name, property as z.ZodType));
}

function readField(name: string, property: z.ZodType): FieldShape {
  const inner = unwrap(property);
  const { kind, options } = kindOf(inner);
  return {
    name,
    kind,
    options,
    property,
    fields: innerFields(inner),
    required: !property.safeParse(undefined).success,
    nullable: property.safeParse(null).success,
    maxLength: readMaxLength(inner),
  };
}

function unwrap(property: z.ZodType): z.ZodType {
  const { type, innerType, in: input, out } = definitionOf(property);
  if (innerType !== undefined) return unwrap(innerType);
  if (type === 'pipe' && input !== undefined) {
    // `z.preprocess` is a transform piped into the real type; everything else starts with the real type.
    return definitionOf(input).type === 'transform' && out !== undefined ? unwrap(out) : unwrap(input);
  }
  return property;
}

function kindOf(property: z.ZodType): { kind: FieldKind; options: readonly string[] } {
  const { type, element } = definitionOf(property);
  switch (type) {
    case 'string':
      return { kind: textKind((property as z.ZodString).format), options: [] };
    case 'number':
    case 'int':
      return { kind: 'number', options: [] };
    case 'boolean':
      return { kind: 'switch', options: [] };
    case 'date':
      return { kind: 'time', options: [] };
    case 'enum':
      return { kind: 'select', options: (property as z.ZodEnum).options.map(String) };
    case 'array':
      return arrayKind(element);
    case 'object':
      return { kind: 'object', options: [] };
    default:
      return { kind: 'other', options: [] };
  }
}

function textKind(format: string | null | undefined): FieldKind {
  if (format === 'datetime') return 'time';
  return format === 'date' ? 'date' : 'text';
}

function innerFields(property: z.ZodType): FieldShape[] {
  const { type, element } = definitionOf(property);
  if (type === 'object') return readFields(property as z.ZodObject);
  const inner = type === 'array' && element !== undefined ? unwrap(element) : undefined;
  return inner && definitionOf(inner).type === 'object' ? readFields(inner as z.ZodObject) : [];
}

function arrayKind(element: z.ZodType | undefined): { kind: FieldKind; options: readonly string[] } {
  if (element === undefined) return { kind: 'other', options: [] };
  const inner = kindOf(unwrap(element));
  if (inner.kind === 'select') return { kind: 'multi', options: inner.options };
  if (inner.kind === 'number') return { kind: 'numbers', options: [] };
  if (inner.kind === 'object') return { kind: 'list', options: [] };
  return { kind: inner.kind === 'text' ? 'tags' : 'other', options: [] };
}

function definitionOf(property: z.ZodType): Definition {
  return property.def as unknown as Definition;
}

function readMaxLength(property: z.ZodType): number | undefined {
  const { maxLength } = property as { maxLength?: unknown };
  return typeof maxLength === 'number' && Number.isFinite(maxLength) ? maxLength : undefined;
}

type Cleanable = Pick<FieldShape, 'required' | 'nullable'> & {
  readonly kind?: FieldKind;
  readonly fields?: readonly FieldShape[];
};

/** What a widget holds → what the contract takes: trimmed, and empty means absent (or null where only that fits). */
export function cleanValue(value: unknown, field: Cleanable): unknown {
  // Typed into a field for tags, numbers arrive as text; what is no number stays text for the schema to refuse.
  if (field.kind === 'numbers' && Array.isArray(value)) return value.map((one) => numberOr(one));
  if (field.kind === 'list' && Array.isArray(value))
    return value.map((one) => cleanAll(one, field.fields ?? []));
  if (field.kind === 'object') {
    const inner = cleanAll(value, field.fields ?? []);
    return Object.keys(inner).length === 0 && !field.required ? undefined : inner;
  }
  const trimmed = typeof value === 'string' ? value.trim() : value;
  if (trimmed !== '' && trimmed !== undefined && trimmed !== null) return trimmed;
  if (field.nullable) return null;
  return undefined;
}

/** `cleanValue` of every field of an object. */
export function cleanAll(raw: unknown, shapes: readonly FieldShape[]): Record<string, unknown> {
  const values = (raw ?? {}) as Record<string, unknown>;
  const entries = shapes.map((shape) => [shape.name, cleanValue(values[shape.name], shape)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function numberOr(value: unknown): unknown {
  const text = String(value).trim();
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : value;
}
