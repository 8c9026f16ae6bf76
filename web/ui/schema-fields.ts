import type { z } from 'zod';

export type FieldKind =
  | 'text'
  | 'number'
  | 'switch'
  | 'select'
  | 'multi'
  | 'time'
  | 'tags'
  | 'numbers'
  | 'other';

/** What a form needs to know about one property of a Zod object. */
export interface FieldShape {
  readonly name: string;
  readonly kind: FieldKind;
  readonly required: boolean;
  readonly nullable: boolean;
  readonly options: readonly string[];
  readonly maxLength: number | undefined;
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
      return { kind: (property as z.ZodString).format === 'datetime' ? 'time' : 'text', options: [] };
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
    default:
      return { kind: 'other', options: [] };
  }
}

function arrayKind(element: z.ZodType | undefined): { kind: FieldKind; options: readonly string[] } {
  if (element === undefined) return { kind: 'other', options: [] };
  const inner = kindOf(unwrap(element));
  if (inner.kind === 'select') return { kind: 'multi', options: inner.options };
  if (inner.kind === 'number') return { kind: 'numbers', options: [] };
  return { kind: inner.kind === 'text' ? 'tags' : 'other', options: [] };
}

function definitionOf(property: z.ZodType): Definition {
  return property.def as unknown as Definition;
}

function readMaxLength(property: z.ZodType): number | undefined {
  const { maxLength } = property as { maxLength?: unknown };
  return typeof maxLength === 'number' && Number.isFinite(maxLength) ? maxLength : undefined;
}

/** What a widget holds → what the contract takes: trimmed, and empty means absent (or null where only that fits). */
export function cleanValue(
  value: unknown,
  field: Pick<FieldShape, 'required' | 'nullable'> & { readonly kind?: FieldKind },
): unknown {
  // Typed into a field for tags, numbers arrive as text; what is no number stays text for the schema to refuse.
  if (field.kind === 'numbers' && Array.isArray(value)) return value.map((one) => numberOr(one));
  const trimmed = typeof value === 'string' ? value.trim() : value;
  if (trimmed !== '' && trimmed !== undefined && trimmed !== null) return trimmed;
  if (field.nullable) return null;
  return undefined;
}

function numberOr(value: unknown): unknown {
  const text = String(value).trim();
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : value;
}
