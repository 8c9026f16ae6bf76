import { BarChartOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { Button, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { topField, topValues } from '#logs/contract';
import { call } from '../../app/api.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { Panel } from '../../ui/panel.tsx';
import { useFieldWords } from './field-words.ts';
import type { LogFilter } from './log-search.tsx';

interface LogTopProps {
  readonly filter: LogFilter;
  readonly onAdd: (field: string, value: string) => void;
}

/** The most frequent values of a field among the rows of the search; counted when the person asks for it. */
export function LogTop({ filter, onAdd }: LogTopProps) {
  const { t } = useTranslation();
  const words = useFieldWords();
  const [field, setField] = useState('host');
  const count = useMutation({
    mutationFn: () => call(topValues, { query: { ...filter, field, limit: 20 } }),
  });
  const change = (next: string) => {
    setField(next);
    count.reset();
  };
  return (
    <Panel title={t('logSearch.top')}>
      <div className="jd-toolbar">
        <Select
          aria-label={t('logSearch.topField')}
          showSearch={{ optionFilterProp: 'label' }}
          value={field}
          style={{ minWidth: 220 }}
          options={topField.options.map((value) => ({ value, label: words.fullNameOf(value) }))}
          onChange={change}
        />
        <Button
          icon={<BarChartOutlined aria-hidden="true" />}
          loading={count.isPending}
          onClick={() => count.mutate()}
        >
          {t('logSearch.topRun')}
        </Button>
      </div>
      <div aria-live="polite">
        {count.isError ? <ErrorView error={count.error} /> : null}
        {count.data ? (
          <>
            <p className="jd-faint jd-num" style={{ margin: '12px 0 0' }}>
              {count.data.rows === 0
                ? t('logSearch.topNone')
                : t('logSearch.topRows', { count: count.data.rows })}
            </p>
            <ol className="jd-top">
              {count.data.values.map(({ value, rows }) => (
                <li key={value}>
                  <Button
                    type="link"
                    aria-label={t('logSearch.addValue', { value })}
                    onClick={() => onAdd(field, value)}
                  >
                    {words.valueOf(field, value)}
                  </Button>
                  <span className="jd-num">{rows.toLocaleString()}</span>
                </li>
              ))}
            </ol>
          </>
        ) : null}
      </div>
    </Panel>
  );
}
