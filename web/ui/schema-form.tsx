import { Alert, Button, Form, type FormInstance } from 'antd';
import { type ReactNode, useId, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { ApiError } from '../app/api-error.ts';
import { useDrafts } from '../app/drafts.ts';
import { currentLanguage } from '../app/i18n.ts';
import { colon, inBrackets } from '../app/punctuation.ts';
import { halfOf } from '../app/zod-words.ts';
import { DraftOffer, DraftState } from './draft-offer.tsx';
import { ErrorView } from './error-view.tsx';
import { FieldInput, type FieldLook } from './field-input.tsx';
import { cleanAll, type FieldShape, readFields } from './schema-fields.ts';

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
  /** Names the form, as `sites.register`: what was typed is then kept with the account and offered again. */
  readonly draft?: string;
  readonly onChange?: (value: Partial<z.input<S>>) => void;
  readonly onCancel?: () => void;
  readonly extra?: ReactNode;
  readonly danger?: boolean;
}

/** A form made from a Zod object: one column, labels above, the schema's messages at the fields. */
export function SchemaForm<S extends z.ZodObject>(props: SchemaFormProps<S>) {
  const { t } = useTranslation();
  const [form] = Form.useForm();
  // Two forms of one page may have fields of one name: their labels must not point into the other form.
  const formName = useId();
  const [failure, setFailure] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const drafts = useDrafts(props.draft);
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
      await drafts.clear();
    } catch (error) {
      if (!(error instanceof ApiError && placeProblems(form, shapes, error, value))) setFailure(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Form
      form={form}
      name={formName}
      layout="vertical"
      requiredMark={(label, { required }) => (
        <>
          {label}
          {required ? null : <span className="jd-faint">{inBrackets(t('form.optional'))}</span>}
        </>
      )}
      initialValues={props.initial as Record<string, unknown> | undefined}
      scrollToFirstError={{ focus: true }}
      validateTrigger="onBlur"
      onFinish={(raw) => void submit(raw as Record<string, unknown>)}
      onValuesChange={(_changed, all) => {
        // What was refused is not what stands there now.
        if (failure instanceof ApiError && failure.status < 500) setFailure(undefined);
        drafts.save(withoutSecrets(all as Record<string, unknown>, props.fields));
        props.onChange?.(all as Partial<z.input<S>>);
      }}
    >
      <DraftOffer
        drafts={drafts}
        onTake={(value) => {
          form.setFieldsValue(value);
          props.onChange?.({ ...form.getFieldsValue(), ...value } as Partial<z.input<S>>);
        }}
      />
      {shapes.map((shape) => (
        <FieldInput
          key={shape.name}
          shape={shape}
          look={props.fields[shape.name as keyof z.input<S>] as FieldLook}
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
        <DraftState drafts={drafts} />
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

/** Puts each issue at its field; what belongs to no shown field comes back as one text. */
function placeIssues(
  form: FormInstance,
  shapes: readonly FieldShape[],
  issues: readonly { path: readonly PropertyKey[]; message: string }[],
): string {
  const shown = new Set(shapes.map((shape) => shape.name));
  const rest: string[] = [];
  const placed = new Map<string, { name: (string | number)[]; errors: string[] }>();
  for (const issue of issues) {
    const name = issue.path.map((part) => (/^\d+$/.test(String(part)) ? Number(part) : String(part)));
    const message = halfOf(issue.message, currentLanguage());
    if (!shown.has(String(name[0] ?? ''))) {
      rest.push(name.length === 0 ? message : `${name.join('.')}${colon()}${message}`);
      continue;
    }
    const key = name.join('.');
    placed.set(key, { name, errors: [...(placed.get(key)?.errors ?? []), message] });
  }
  form.setFields([...placed.values()]);
  const first = [...placed.values()][0];
  if (first) form.scrollToField(first.name, { focus: true, block: 'center' });
  return rest.join('；');
}

/**
 * Puts the server's problems at their fields: those of the checked input by path, and a refusal of the domain
 * that names its `field` or repeats what one field was sent with (“没有代码为 x 的单位”). False when one of them
 * is not shown, or there are none.
 */
function placeProblems(
  form: FormInstance,
  shapes: readonly FieldShape[],
  error: ApiError,
  sent: Readonly<Record<string, unknown>>,
): boolean {
  const field = error.details.field ?? fieldRepeated(error.details, shapes, sent);
  const named = typeof field === 'string' ? [{ path: field, message: error.words[currentLanguage()] }] : [];
  const problems = error.fields.length > 0 ? error.fields : named;
  if (problems.length === 0) return false;
  const issues = problems.map(({ path, message }) => ({ path: path.split('.'), message }));
  return placeIssues(form, shapes, issues) === '';
}

/** The one shown text whose value the details of a refusal repeat; undefined when none or several do. */
export function fieldRepeated(
  details: Readonly<Record<string, unknown>>,
  shapes: readonly { readonly name: string }[],
  sent: Readonly<Record<string, unknown>>,
): string | undefined {
  const told = new Set(Object.values(details).filter((value) => typeof value === 'string' && value !== ''));
  const found = shapes.filter(({ name }) => told.has(sent[name]));
  return found.length === 1 ? found[0]!.name : undefined;
}

const secretName = /password|passphrase|secret|token|otp|^pin$/i;

/** What of a form may be kept as a draft: everything but passwords and other secrets. */
export function withoutSecrets(
  values: Readonly<Record<string, unknown>>,
  looks: Readonly<Record<string, FieldLook | undefined>>,
): Record<string, unknown> {
  const isSecret = (name: string) => {
    const look = looks[name];
    const hidden = look?.secret === true || look?.widget === 'password' || look?.widget === 'new-password';
    return hidden || secretName.test(name);
  };
  return Object.fromEntries(
    Object.entries(values).filter(([name, value]) => value !== undefined && !isSecret(name)),
  );
}
