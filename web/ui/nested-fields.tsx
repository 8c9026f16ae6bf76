import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Form } from 'antd';
import { Fragment, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldLook } from './field-input.tsx';
import type { FieldShape } from './schema-fields.ts';

interface NestedProps {
  readonly shape: FieldShape;
  readonly look: FieldLook;
  readonly name: readonly (string | number)[];
  /** Draws one field within; given by the field that these are nested in. */
  readonly draw: DrawField;
}

export type DrawField = (shape: FieldShape, look: FieldLook, path: readonly (string | number)[]) => ReactNode;

/** The fields of an inner object, or of each object of a list that grows and shrinks. */
export function NestedFields({ shape, look, name, draw }: NestedProps) {
  return (
    <fieldset className="jd-fieldset">
      <legend>{look.label}</legend>
      {look.help ? <p className="jd-faint">{look.help}</p> : null}
      {shape.kind === 'list' ? (
        <ListFields shape={shape} look={look} name={name} draw={draw} />
      ) : (
        <div className="jd-fieldset__row">{fieldsOf(shape, look, name, draw)}</div>
      )}
    </fieldset>
  );
}

function ListFields({ shape, look, name, draw }: NestedProps) {
  const { t } = useTranslation();
  return (
    <Form.List name={[...name]}>
      {(rows, { add, remove }, { errors }) => (
        <>
          {rows.map((row, index) => (
            // Form.List numbers its own fields; the path within it starts at the row.
            <fieldset key={row.key} className="jd-fieldset">
              <legend>{t('draft.row', { n: index + 1 })}</legend>
              <div className="jd-fieldset__row">{fieldsOf(shape, look, [row.name], draw)}</div>
              <Button
                size="small"
                type="text"
                danger
                icon={<DeleteOutlined aria-hidden="true" />}
                aria-label={t('draft.removeRow', { n: index + 1 })}
                onClick={() => remove(row.name)}
              />
            </fieldset>
          ))}
          <Form.ErrorList errors={errors} />
          <Button
            icon={<PlusOutlined aria-hidden="true" />}
            style={{ marginBottom: 14 }}
            onClick={() => add({})}
          >
            {t('draft.addRow')}
          </Button>
        </>
      )}
    </Form.List>
  );
}

function fieldsOf(
  shape: FieldShape,
  look: FieldLook,
  path: readonly (string | number)[],
  draw: DrawField,
): ReactNode[] {
  return shape.fields.flatMap((field) => {
    const words = look.fields?.[field.name];
    return words === undefined ? [] : [<Fragment key={field.name}>{draw(field, words, path)}</Fragment>];
  });
}
