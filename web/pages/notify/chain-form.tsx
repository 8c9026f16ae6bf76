import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input, InputNumber, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Chain, type ChainTarget, chainBody, personalChannel, setChain } from '#notify/contract';
import { call } from '../../app/api.ts';
import { type EnumName, optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { currentLanguage } from '../../app/i18n.ts';
import { halfOf } from '../../app/zod-words.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { zh } from '../../words/zh/index.ts';

interface ChainValues {
  readonly key?: string;
  readonly name?: string;
  readonly steps?: unknown[];
}

const newTarget = { by: 'post', post: 'leader', level: 'unit' };
const newStep = { afterMinutes: 0, whom: [newTarget], channels: ['app', 'mail'] };

/** A chain's steps; saving makes a new version. */
export function ChainForm({ row, onDone }: { row?: Chain; onDone: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  const [form] = Form.useForm<ChainValues>();
  const [failure, setFailure] = useState<unknown>();
  const [busy, setBusy] = useState(false);

  async function save(raw: ChainValues) {
    setFailure(undefined);
    const checked = chainBody.safeParse({ ...(row && { key: row.key }), ...raw });
    if (!checked.success) {
      form.setFields(
        checked.error.issues.map((issue) => ({
          name: issue.path as never,
          errors: [halfOf(issue.message, currentLanguage())],
        })),
      );
      return;
    }
    setBusy(true);
    try {
      const { version } = await call(setChain, { body: checked.data });
      message.success(t('chains.saved', { version }));
      await client.invalidateQueries({ queryKey: ['chains'] });
      onDone();
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={row ? { key: row.key, name: row.name, steps: row.steps } : { steps: [newStep] }}
      scrollToFirstError={{ focus: true }}
      onFinish={(raw) => void save(raw)}
    >
      {row ? null : (
        <Form.Item name="key" label={t('chains.key')} extra={t('chains.keyHelp')} required>
          <Input autoComplete="off" maxLength={60} />
        </Form.Item>
      )}
      <Form.Item name="name" label={t('chains.name')} required>
        <Input autoComplete="off" maxLength={100} />
      </Form.Item>
      <StepList />
      {failure === undefined ? null : <ErrorView error={failure} />}
      <div style={{ display: 'flex', gap: 8, marginTop: 16 }}>
        <Button type="primary" htmlType="submit" loading={busy}>
          {t('action.save')}
        </Button>
        <Button onClick={onDone}>{t('action.cancel')}</Button>
      </div>
    </Form>
  );
}

function StepList() {
  const { t } = useTranslation();
  const words = useEnumWords();
  return (
    <Form.List name="steps">
      {(steps, { add, remove }, { errors }) => (
        <>
          {steps.map((step, at) => (
            <fieldset key={step.key} className="jd-fieldset">
              <legend>{t('chains.step', { n: at + 1 })}</legend>
              <Form.Item name={[step.name, 'afterMinutes']} label={t('chains.after')} required>
                <InputNumber min={0} max={43_200} style={{ width: '100%' }} />
              </Form.Item>
              <TargetList step={step.name} />
              <Form.Item name={[step.name, 'channels']} label={t('chains.channels')} required>
                <Select
                  mode="multiple"
                  options={optionsOf(words, 'messageChannel', personalChannel.options)}
                />
              </Form.Item>
              <Button
                danger
                size="small"
                icon={<DeleteOutlined aria-hidden="true" />}
                onClick={() => remove(step.name)}
              >
                {t('chains.removeStep')}
              </Button>
            </fieldset>
          ))}
          <Form.ErrorList errors={errors} />
          <Button icon={<PlusOutlined aria-hidden="true" />} onClick={() => add(newStep)}>
            {t('chains.addStep')}
          </Button>
        </>
      )}
    </Form.List>
  );
}

function TargetList({ step }: { step: number }) {
  const { t } = useTranslation();
  return (
    <Form.List name={[step, 'whom']}>
      {(targets, { add, remove }) => (
        <fieldset className="jd-fieldset">
          <legend>{t('chains.whom')}</legend>
          {targets.map((target) => (
            <div key={target.key} style={{ display: 'flex', flexWrap: 'wrap', gap: 8, marginBottom: 8 }}>
              <TargetFields path={['steps', step, 'whom', target.name]} name={target.name} />
              {targets.length > 1 ? (
                <Button
                  aria-label={t('chains.removeTarget')}
                  icon={<DeleteOutlined aria-hidden="true" />}
                  onClick={() => remove(target.name)}
                />
              ) : null}
            </div>
          ))}
          <Button size="small" icon={<PlusOutlined aria-hidden="true" />} onClick={() => add(newTarget)}>
            {t('chains.addTarget')}
          </Button>
        </fieldset>
      )}
    </Form.List>
  );
}

/** Which fields a target has depends on what it goes by. */
function TargetFields({ path, name }: { path: (string | number)[]; name: number }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const by = Form.useWatch([...path, 'by']) as ChainTarget['by'] | undefined;
  const wide = { style: { minWidth: 130, margin: 0, flex: 1 } };
  return (
    <>
      <Form.Item name={[name, 'by']} label={t('chains.by')} {...wide}>
        <Select
          options={[
            { value: 'post', label: t('chains.byPost') },
            { value: 'role', label: t('chains.byRole') },
            { value: 'account', label: t('chains.byAccount') },
          ]}
        />
      </Form.Item>
      {by === 'post' ? (
        <>
          <Form.Item name={[name, 'post']} label={t('chains.post')} {...wide}>
            <Select options={optionsOf(words, 'post' as EnumName, Object.keys(zh.enums.post))} />
          </Form.Item>
          <Form.Item name={[name, 'level']} label={t('chains.level')} {...wide} initialValue="unit">
            <Select
              options={[
                { value: 'unit', label: t('chains.unitLevel') },
                { value: 'county', label: t('chains.countyLevel') },
                { value: 'city', label: t('chains.cityLevel') },
              ]}
            />
          </Form.Item>
        </>
      ) : null}
      {by === 'role' ? (
        <Form.Item name={[name, 'role']} label={t('chains.role')} {...wide}>
          <Select options={optionsOf(words, 'role', Object.keys(zh.enums.role))} />
        </Form.Item>
      ) : null}
      {by === 'account' ? (
        <Form.Item name={[name, 'accountId']} label={t('chains.account')} {...wide}>
          <Input autoComplete="off" />
        </Form.Item>
      ) : null}
    </>
  );
}
