import { QuestionCircleOutlined, SearchOutlined } from '@ant-design/icons';
import { Button, Form, Input, InputNumber, Select } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isFault, logHistogram, parseQuery, queryFields, rowKind, searchErrors } from '#logs/contract';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { currentLanguage } from '../../app/i18n.ts';
import { serverNow } from '../../app/server-clock.ts';
import { UnitPicker } from '../../app/unit-picker.tsx';
import { halfOf } from '../../app/zod-words.ts';
import { ChinaTimeInput } from '../../ui/china-time-input.tsx';
import { Popup } from '../../ui/popup.tsx';
import { useFieldWords } from './field-words.ts';
import { type FilterValues, filterFromValues, ranges, withTimes } from './log-filter.ts';
import type { LogFilter } from './log-search.tsx';

interface LogFilterFormProps {
  /** What the page's address says; a new object fills the form again. */
  readonly values: FilterValues;
  readonly onSearch: (filter: LogFilter, values: FilterValues) => void;
}

/** The conditions of a log search: the time first, then the search box, then single conditions. */
export function LogFilterForm({ values, onSearch }: LogFilterFormProps) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const [form] = Form.useForm<FilterValues>();
  const range = Form.useWatch('range', form) ?? values.range;
  const [isMore, setMore] = useState(() => hasMore(values));
  useEffect(() => {
    form.setFieldsValue({ ...empty, ...values });
    if (hasMore(values)) setMore(true);
  }, [form, values]);

  function submit(given: FilterValues) {
    const all = { ...values, ...given };
    const filter = filterFromValues(withTimes(all, serverNow()));
    const checked = logHistogram.query!.safeParse(filter);
    if (checked.success) {
      onSearch(filter as LogFilter, all);
      return;
    }
    if (checked.error.issues.some((issue) => !['from', 'to', 'q', 'range'].includes(String(issue.path[0]))))
      setMore(true);
    form.setFields(
      checked.error.issues.map((issue) => ({
        name: issue.path as never,
        errors: [halfOf(issue.message, currentLanguage())],
      })),
    );
  }

  const rangeWords = [
    t('logSearch.hour'),
    t('logSearch.day'),
    t('logSearch.week'),
    t('logSearch.month'),
    t('logSearch.half'),
    t('logSearch.custom'),
  ];
  return (
    <Form form={form} layout="vertical" requiredMark={false} initialValues={values} onFinish={submit}>
      <div className="jd-form-grid">
        <Form.Item name="range" label={t('logSearch.range')}>
          <Select options={ranges.map((value, index) => ({ value, label: rangeWords[index] }))} />
        </Form.Item>
        {range === 'custom' ? (
          <>
            <Form.Item name="from" label={t('logs.from')}>
              <ChinaTimeInput />
            </Form.Item>
            <Form.Item name="to" label={t('logs.to')}>
              <ChinaTimeInput />
            </Form.Item>
          </>
        ) : null}
      </div>
      <Form.Item
        name="q"
        label={t('logSearch.query')}
        rules={[{ validator: async (_rule, text?: string) => checkQuery(text ?? '') }]}
      >
        <Input maxLength={2000} placeholder={t('logSearch.queryPlaceholder')} spellCheck={false} />
      </Form.Item>
      {isMore ? (
        <div className="jd-form-grid">
          <Form.Item name="source" label={t('logs.source')}>
            <Input maxLength={120} />
          </Form.Item>
          <Form.Item name="unit" label={t('logSearch.unit')}>
            <UnitPicker gives="code" />
          </Form.Item>
          <Form.Item name="kind" label={t('logs.kind')}>
            <Select
              allowClear
              placeholder={t('logs.allKinds')}
              options={optionsOf(words, 'rowKind', rowKind.options)}
            />
          </Form.Item>
          <Form.Item name="ip" label={t('logs.ip')} extra={t('logSearch.ipHelp')}>
            <Input placeholder="10.1.0.10" />
          </Form.Item>
          <Form.Item name="port" label={t('logs.port')}>
            <InputNumber min={1} max={65535} style={{ width: '100%' }} />
          </Form.Item>
          <Form.Item name="host" label={t('logs.host')}>
            <Input placeholder="bad.example" maxLength={255} />
          </Form.Item>
          <Form.Item name="mac" label={t('logSearch.mac')}>
            <Input placeholder="00:00:5e:00:53:01" maxLength={17} />
          </Form.Item>
          <Form.Item name="user" label={t('logSearch.user')}>
            <Input maxLength={200} autoComplete="off" />
          </Form.Item>
          <Form.Item name="device" label={t('logSearch.device')}>
            <Input maxLength={200} autoComplete="off" />
          </Form.Item>
        </div>
      ) : null}
      <div className="jd-toolbar">
        <Button type="primary" htmlType="submit" icon={<SearchOutlined aria-hidden="true" />}>
          {t('logs.run')}
        </Button>
        {isMore ? null : <Button onClick={() => setMore(true)}>{t('logSearch.moreConditions')}</Button>}
        <QueryHelp />
      </div>
    </Form>
  );
}

const empty: FilterValues = {
  source: '',
  ip: '',
  port: null,
  host: '',
  mac: '',
  user: '',
  device: '',
  q: '',
};

function hasMore({ range: _range, from: _from, to: _to, q: _q, ...single }: FilterValues): boolean {
  return Object.values(single).some((value) => value !== undefined && value !== '' && value !== null);
}

/** The server reads the query with the same code; here it is told before anything is sent. */
function checkQuery(text: string): void {
  const parsed = parseQuery(text);
  if (!isFault(parsed)) return;
  const told = searchErrors[parsed.code][currentLanguage()];
  const details: Record<string, unknown> = { ...parsed.details, column: parsed.column };
  throw new Error(told.replace(/\{(\w+)\}/g, (mark, name: string) => String(details[name] ?? mark)));
}

/** Every field that a query may name, with what it is. */
function FieldHelp() {
  const { t } = useTranslation();
  const { nameOf } = useFieldWords();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
    <ul className="jd-fieldhelp" aria-label={t('logSearch.topField')} tabIndex={0}>
      {Object.keys(queryFields).map((name) => (
        <li key={name}>
          <code>{name}</code> {nameOf(name)}
        </li>
      ))}
    </ul>
  );
}

function QueryHelp() {
  const { t } = useTranslation();
  return (
    <Popup
      label={t('logSearch.queryHelp')}
      title={t('logSearch.queryHelpTitle')}
      icon={<QuestionCircleOutlined aria-hidden="true" />}
    >
      {() => (
        <div style={{ maxWidth: 420 }}>
          <p>{t('logSearch.queryHelpText')}</p>
          <p className="jd-mono jd-break">status:&gt;=500 method:POST -act:TCP_DENIED host:example.com</p>
          <p className="jd-mono jd-break">ip:10.1.0.0/16 port:443,8443 user:zhangsan "/login"</p>
          <FieldHelp />
        </div>
      )}
    </Popup>
  );
}
