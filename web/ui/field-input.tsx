import { Form, Input, InputNumber, type InputProps, Select, Switch } from 'antd';
import type { TFunction } from 'i18next';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { currentLanguage } from '../app/i18n.ts';
import { PersonNameInput } from '../app/person-name-input.tsx';
import { PersonPicker } from '../app/person-picker.tsx';
import { UnitPicker } from '../app/unit-picker.tsx';
import { halfOf } from '../app/zod-words.ts';
import { ChinaTimeInput } from './china-time-input.tsx';
import { FileInput } from './file-input.tsx';
import { NestedFields } from './nested-fields.tsx';
import { cleanValue, type FieldShape } from './schema-fields.ts';

/** How one field of a form looks; what it accepts comes from the schema. */
export interface FieldLook {
  readonly label: string;
  readonly help?: ReactNode;
  /** An example value, as in `例如 192.0.2.10`. */
  readonly example?: string;
  readonly widget?: 'textarea' | 'password' | 'new-password' | 'unit' | 'person' | 'file';
  /** Of `unit` and `person`: what the form takes; default `id`. A `name` may also be typed. */
  readonly gives?: 'id' | 'code' | 'personNo' | 'name';
  /** Of `person` that gives a `name`: the field with the code of the unit whose people are offered. */
  readonly within?: string;
  /** Of the same: told who was chosen; undefined when the name was typed. */
  readonly onPick?: (person: { readonly name: string; readonly personNo: string } | undefined) => void;
  /** Of `file`: sends the chosen file and returns what the form takes for it. */
  readonly upload?: (file: File) => Promise<string>;
  /** Never kept as a draft. Passwords are not kept anyway. */
  readonly secret?: boolean;
  /** Of an object, or of the objects of a list: the words of its fields. */
  readonly fields?: Readonly<Record<string, FieldLook>>;
  /** Words for the options of an enum, or the choices of a reference (a unit, a person). */
  readonly options?: readonly { readonly value: string; readonly label: string }[];
  readonly autoComplete?: string;
  readonly autoFocus?: boolean;
  readonly onSearch?: (text: string) => void;
  /** Of a text: what was typed as the values that it means, of this field and of others; undefined: as it stands. */
  readonly tidy?: (
    typed: string,
    values: Readonly<Record<string, unknown>>,
  ) => Readonly<Record<string, unknown>> | undefined;
}

interface FieldInputProps {
  readonly shape: FieldShape;
  readonly look: FieldLook;
  /** Where its value is kept, when that is not just its name: `['contacts', 0]` before it. */
  readonly path?: readonly (string | number)[];
}

/** The part of a Zod issue that a field shows. */
export interface FieldIssue {
  readonly code: string;
  readonly message: string;
}

function drawField(shape: FieldShape, look: FieldLook, path: readonly (string | number)[]) {
  return <FieldInput shape={shape} look={look} path={path} />;
}

/** One labelled field with the widget that fits its type; an object or a list of objects as a group of fields. */
export function FieldInput({ shape, look, path = [] }: FieldInputProps) {
  const { t } = useTranslation();
  const name = [...path, shape.name];
  if (look.fields !== undefined && (shape.kind === 'object' || shape.kind === 'list')) {
    return <NestedFields shape={shape} look={look} name={name} draw={drawField} />;
  }
  return (
    <Form.Item
      name={name}
      label={look.label}
      extra={look.help}
      required={shape.required}
      valuePropName={shape.kind === 'switch' ? 'checked' : 'value'}
      rules={[
        {
          validator: async (_rule, value: unknown) => {
            const issue = firstProblem(shape, value);
            if (issue !== undefined) throw new Error(tellProblem(issue, look, t));
          },
        },
      ]}
    >
      {widgetFor(shape, look)}
    </Form.Item>
  );
}

function firstProblem(shape: FieldShape, value: unknown): FieldIssue | undefined {
  return shape.property.safeParse(cleanValue(value, shape)).error?.issues[0];
}

/** The problem in words; where the form of the value is wrong, the field's example says what is right. */
function tellProblem(issue: FieldIssue, look: FieldLook, t: TFunction): string {
  const problem = halfOf(issue.message, currentLanguage());
  const isForm = issue.code === 'invalid_format' || issue.code === 'invalid_union';
  return isForm && look.example !== undefined
    ? t('invalid.example', { problem, example: look.example })
    : problem;
}

function widgetFor(shape: FieldShape, look: FieldLook): ReactNode {
  const text = {
    placeholder: look.example,
    autoComplete: look.autoComplete ?? 'off',
    autoFocus: look.autoFocus ?? false,
    maxLength: shape.maxLength,
  };
  if (look.widget === 'textarea') return <Input.TextArea {...text} autoSize={{ minRows: 3, maxRows: 12 }} />;
  if (look.widget === 'password') return <Input.Password {...text} autoComplete="current-password" />;
  if (look.widget === 'new-password') return <Input.Password {...text} autoComplete="new-password" />;
  if (look.widget === 'unit') return <UnitPicker gives={look.gives === 'code' ? 'code' : 'id'} />;
  if (look.widget === 'person' && look.gives === 'name') {
    return <NameInput within={look.within ?? ''} {...(look.onPick ? { onPick: look.onPick } : {})} />;
  }
  if (look.widget === 'person') return <PersonPicker gives={look.gives === 'personNo' ? 'personNo' : 'id'} />;
  if (look.widget === 'file') return <FileInput {...(look.upload ? { upload: look.upload } : {})} />;
  if (look.options !== undefined || shape.kind === 'select' || shape.kind === 'multi') {
    return <ChoiceInput shape={shape} look={look} />;
  }
  if (shape.kind === 'tags' || shape.kind === 'numbers') {
    return (
      <Select mode="tags" tokenSeparators={[',', '，', '、', ' ', ';']} open={false} suffixIcon={null} />
    );
  }
  if (shape.kind === 'number')
    return <InputNumber style={{ width: '100%' }} placeholder={look.example ?? ''} />;
  if (shape.kind === 'switch') return <Switch />;
  if (shape.kind === 'time') return <ChinaTimeInput />;
  if (shape.kind === 'date') return <Input type="date" />;
  return look.tidy === undefined ? <Input {...text} /> : <TidyInput look={text} tidy={look.tidy} />;
}

/** Tidied when it is left and before the form is sent by Enter. `id`, `value` and so on come from Form.Item. */
function TidyInput({
  look,
  tidy,
  ...given
}: {
  look: InputProps;
  tidy: NonNullable<FieldLook['tidy']>;
} & Pick<InputProps, 'value' | 'onBlur'>) {
  const form = Form.useFormInstance();
  const put = () => {
    const values = tidy(String(given.value ?? ''), form.getFieldsValue());
    if (values !== undefined) form.setFieldsValue(values);
  };
  return (
    <Input
      {...look}
      {...given}
      onPressEnter={put}
      onBlur={(event) => {
        put();
        given.onBlur?.(event);
      }}
    />
  );
}

/** `id`, `value` and `onChange` come from Form.Item and are passed on. */
function NameInput({ within, ...given }: Pick<FieldLook, 'onPick'> & { within: string }) {
  const unitCode: unknown = Form.useWatch(within);
  return <PersonNameInput {...given} unitCode={typeof unitCode === 'string' ? unitCode : undefined} />;
}

/** `id`, `value` and `onChange` come from Form.Item and are passed on. */
function ChoiceInput({ shape, look, ...given }: { shape: FieldShape; look: FieldLook }) {
  const options = look.options ?? shape.options.map((value) => ({ value, label: value }));
  return (
    <Select
      {...given}
      options={[...options]}
      placeholder={look.example}
      allowClear={!shape.required}
      showSearch={
        look.onSearch
          ? { onSearch: look.onSearch, filterOption: false }
          : options.length > 8
            ? { optionFilterProp: 'label' }
            : false
      }
      {...(shape.kind === 'multi' || shape.kind === 'tags' ? { mode: 'multiple' as const } : {})}
    />
  );
}
