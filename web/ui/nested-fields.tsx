import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Form } from 'antd';
import { useTranslation } from 'react-i18next';
import { FieldInput, type FieldLook } from './field-input.tsx';
import type { FieldShape } from './schema-fields.ts';

interface NestedProps {
  readonly shape: FieldShape;
  readonly look: FieldLook;
  readonly name: readonly (string | number)[];
}

/** The fields of an inner object, or of each object of a list that grows and shrinks. */
export function NestedFields({ shape, look, name }: NestedProps) {
  return (
    <fieldset className="jd-fieldset">
      <legend>{look.label}</legend>
      {look.help ? <p className="jd-faint">{look.help}</p> : null}
      {shape.kind === 'list' ? (
        <ListFields shape={shape} look={look} name={name} />
      ) : (
        <div className="jd-fieldset__row">{fieldsOf(shape, look, name)}</div>
      )}
    </fieldset>
  );
}

function ListFields({ shape, look, name }: NestedProps) {
  const { t } = useTranslation();
  return (
    <Form.List name={[...name]}>
      {(rows, { add, remove }, { errors }) => (
        <>
          {rows.map((row, index) => (
            // Form.List numbers its own fields; the path within it starts at the row.
            <fieldset key={row.key} className="jd-fieldset">
              <legend>{t('draft.row', { n: index + 1 })}</legend>
              <div className="jd-fieldset__row">{fieldsOf(shape, look, [row.name])}</div>
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

function fieldsOf(shape: FieldShape, look: FieldLook, path: readonly (string | number)[]) {
  return shape.fields.flatMap((field) => {
    const words = look.fields?.[field.name];
    return words === undefined
      ? []
      : [<FieldInput key={field.name} shape={field} look={words} path={path} />];
  });
}
