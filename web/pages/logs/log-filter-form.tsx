import { SearchOutlined } from '@ant-design/icons';
import { Button, Form, Input, InputNumber, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { logHistogram, rowKind } from '#logs/contract';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { currentLanguage } from '../../app/i18n.ts';
import { serverNow } from '../../app/server-clock.ts';
import { halfOf } from '../../app/zod-words.ts';
import { ChinaTimeInput } from '../../ui/china-time-input.tsx';
import { type FilterValues, filterFromValues } from './log-filter.ts';
import type { LogFilter } from './log-search.tsx';

const hour = 3_600_000;

/** The conditions of a log search; the last hour by the server's clock unless changed. */
export function LogFilterForm({ onSearch }: { onSearch: (filter: LogFilter) => void }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const [form] = Form.useForm<FilterValues>();
  const [initial] = useState<FilterValues>(() => {
    const now = Math.floor(serverNow() / 1000) * 1000;
    return { from: new Date(now - hour).toISOString(), to: new Date(now).toISOString() };
  });

  function submit(values: FilterValues) {
    const filter = filterFromValues(values);
    const checked = logHistogram.query!.safeParse(filter);
    if (checked.success) {
      onSearch(filter as LogFilter);
      return;
    }
    form.setFields(
      checked.error.issues.map((issue) => ({
        name: issue.path as never,
        errors: [halfOf(issue.message, currentLanguage())],
      })),
    );
  }

  return (
    <Form form={form} layout="vertical" requiredMark={false} initialValues={initial} onFinish={submit}>
      <div
        style={{
          display: 'grid',
          gap: '0 16px',
          gridTemplateColumns: 'repeat(auto-fill, minmax(min(230px, 100%), 1fr))',
        }}
      >
        <Form.Item name="from" label={t('logs.from')}>
          <ChinaTimeInput />
        </Form.Item>
        <Form.Item name="to" label={t('logs.to')}>
          <ChinaTimeInput />
        </Form.Item>
        <Form.Item name="kind" label={t('logs.kind')}>
          <Select
            allowClear
            placeholder={t('logs.allKinds')}
            options={optionsOf(words, 'rowKind', rowKind.options)}
          />
        </Form.Item>
        <Form.Item name="source" label={t('logs.source')}>
          <Input maxLength={120} />
        </Form.Item>
        <Form.Item name="ip" label={t('logs.ip')}>
          <Input placeholder="10.1.0.10" />
        </Form.Item>
        <Form.Item name="port" label={t('logs.port')}>
          <InputNumber min={1} max={65535} style={{ width: '100%' }} />
        </Form.Item>
        <Form.Item name="host" label={t('logs.host')}>
          <Input placeholder="bad.example" maxLength={255} />
        </Form.Item>
        <Form.Item name="q" label={t('logs.q')}>
          <Input maxLength={200} />
        </Form.Item>
      </div>
      <Button type="primary" htmlType="submit" icon={<SearchOutlined aria-hidden="true" />}>
        {t('logs.run')}
      </Button>
    </Form>
  );
}
