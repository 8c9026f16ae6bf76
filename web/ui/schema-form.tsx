import { Alert, Button, Form, type FormInstance } from 'antd';
import { type ReactNode, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { ApiError } from '../app/api-error.ts';
import { currentLanguage } from '../app/i18n.ts';
import { halfOf } from '../app/zod-words.ts';
import { ErrorView } from './error-view.tsx';
import { FieldInput, type FieldIssue, type FieldLook } from './field-input.tsx';
import { cleanValue, type FieldShape, readFields } from './schema-fields.ts';

interface SchemaFormProps<S extends z.ZodObject> {
  /** The contract's own body: the same object validates here and on the server. */
  readonly schema: S;
  /** The fields to show, in this order, with their words. A field that is not named is not shown. */
  readonly fields: { readonly [K in keyof z.input<S>]?: FieldLook };
  /** Values that are sent without being shown. */
  readonly fixed?: Partial<z.input<S>>;
  readonly initial?: Partial<z.input<S>>;
  readonly submitLabel: string;
  readonly onSubmit: (value: z.input<S>) => Promise<unknown>;
  readonly onChange?: (value: Partial<z.input<S>>) => void;
  readonly onCancel?: () => void;
  readonly extra?: ReactNode;
  readonly danger?: boolean;
}

/** A form made from a Zod object: one column, labels above, the schema's messages at the fields. */
export function SchemaForm<S extends z.ZodObject>(props: SchemaFormProps<S>) {
  const { t } = useTranslation();
  const [form] = Form.useForm();
  const [failure, setFailure] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const shapes = useMemo(() => chooseFields(props.schema, props.fields), [props.schema, props.fields]);

  async function submit(raw: Record<string, unknown>) {
    setFailure(undefined);
    const value = { ...props.fixed, ...cleanAll(raw, shapes) };
    const checked = props.schema.safeParse(value);
    if (!checked.success) {
      const rest = placeIssues(form, shapes, checked.error.issues);
      if (rest !== '') setFailure(new ApiError(400, 'base.invalid_input', { zh: rest, en: rest }));
      return;
    }
    setBusy(true);
    try {
      await props.onSubmit(value as z.input<S>);
    } catch (error) {
      if (!(error instanceof ApiError && placeProblems(form, shapes, error))) setFailure(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={(label, { required }) => (
        <>
          {label}
          {required ? null : <span className="jd-faint">（{t('form.optional')}）</span>}
        </>
      )}
      initialValues={props.initial as Record<string, unknown> | undefined}
      scrollToFirstError={{ focus: true }}
      validateTrigger="onBlur"
      onFinish={(raw) => void submit(raw as Record<string, unknown>)}
      onValuesChange={(_changed, all) => props.onChange?.(all as Partial<z.input<S>>)}
    >
      {shapes.map((shape) => (
        <FieldInput
          key={shape.name}
          shape={shape}
          look={props.fields[shape.name as keyof z.input<S>] as FieldLook}
          check={(value) => firstProblem(props.schema, shape, value)}
        />
      ))}
      {failure === undefined ? null : (
        <div style={{ marginBottom: 16 }}>
          <ErrorView error={failure} />
        </div>
      )}
      {props.extra ? <Alert type="info" style={{ marginBottom: 16 }} title={props.extra} /> : null}
      <div style={{ display: 'flex', gap: 8, flexWrap: 'wrap' }}>
        <Button type="primary" htmlType="submit" loading={busy} danger={props.danger ?? false}>
          {props.submitLabel}
        </Button>
        {props.onCancel ? <Button onClick={props.onCancel}>{t('action.cancel')}</Button> : null}
      </div>
    </Form>
  );
}

function chooseFields(schema: z.ZodObject, looks: object): FieldShape[] {
  const known = new Map(readFields(schema).map((shape) => [shape.name, shape]));
  return Object.keys(looks).map((name) => {
    const shape = known.get(name);
    if (shape === undefined) throw new Error(`the form shows ${name}, which its contract does not have`);
    return shape;
  });
}

function cleanAll(raw: Record<string, unknown>, shapes: readonly FieldShape[]): Record<string, unknown> {
  const entries = shapes.map((shape) => [shape.name, cleanValue(raw[shape.name], shape)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function firstProblem(schema: z.ZodObject, shape: FieldShape, value: unknown): FieldIssue | undefined {
  const property = schema.shape[shape.name] as z.ZodType | undefined;
  return property?.safeParse(cleanValue(value, shape)).error?.issues[0];
}

/** Puts each issue at its field; what belongs to no shown field comes back as one text. */
function placeIssues(
  form: FormInstance,
  shapes: readonly FieldShape[],
  issues: readonly { path: readonly PropertyKey[]; message: string }[],
): string {
  const shown = new Set(shapes.map((shape) => shape.name));
  const rest: string[] = [];
  for (const issue of issues) {
    const name = String(issue.path[0] ?? '');
    const message = halfOf(issue.message, currentLanguage());
    if (shown.has(name)) form.setFields([{ name, errors: [message] }]);
    else rest.push(name === '' ? message : `${name}：${message}`);
  }
  return rest.join('；');
}

/** Puts the server's field problems at their fields; false when one of them is not shown, or there are none. */
function placeProblems(form: FormInstance, shapes: readonly FieldShape[], error: ApiError): boolean {
  if (error.fields.length === 0) return false;
  const issues = error.fields.map(({ path, message }) => ({ path: path.split('.'), message }));
  return placeIssues(form, shapes, issues) === '';
}
