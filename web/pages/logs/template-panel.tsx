import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Button, Input, Select } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  fieldsOf,
  getTemplate,
  type LogSource,
  saveTemplate,
  type TemplatePattern,
  templateRows,
} from '#logs/contract';
import { call } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { useCan } from '../../app/session.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { useFieldWords } from './field-words.ts';
import { useSourceDone } from './source-acts.tsx';
import { StaleRows } from './stale-rows.tsx';
import { TemplatePreview } from './template-preview.tsx';

interface TemplatePanelProps {
  readonly source: LogSource;
  readonly sample: string;
  readonly onSample: (sample: string) => void;
}

/** The pattern by which a source's lines are read, tried on a sample while it is written. */
export function TemplatePanel(props: TemplatePanelProps) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const { source } = props;
  const isTemplate = source.format === 'template';
  const query = useQuery({
    queryKey: ['logs', 'template', source.id],
    queryFn: ({ signal }) => call(getTemplate, { params: { id: source.id } }, { signal }),
    enabled: isTemplate,
    refetchOnWindowFocus: false,
  });
  if (!isTemplate) {
    return (
      <Panel title={t('logReading.template')}>
        <p>{t('logReading.templateOther', { format: words('logFormat', source.format) })}</p>
      </Panel>
    );
  }
  return (
    <Panel title={t('logReading.template')}>
      <QueryView query={query} rows={4}>
        {({ version, patterns }) => (
          <>
            {version > 0 ? <p>{t('logReading.templateVersion', { version })}</p> : null}
            <TemplateEditor key={version} {...props} saved={patterns} />
          </>
        )}
      </QueryView>
    </Panel>
  );
}

const blank: TemplatePattern = { row: 'other', pattern: '' };

function TemplateEditor({
  source,
  sample,
  onSample,
  saved,
}: TemplatePanelProps & { saved: readonly TemplatePattern[] }) {
  const { t } = useTranslation();
  const can = useCan();
  const done = useSourceDone();
  const sampleId = useId();
  const [patterns, setPatterns] = useState<readonly TemplatePattern[]>(saved.length > 0 ? saved : [blank]);
  const save = useMutation({
    mutationFn: () => call(saveTemplate, { params: { id: source.id }, body: { patterns: [...patterns] } }),
    onSuccess: () => done(t('logReading.saved')),
  });
  const change = (index: number, pattern: TemplatePattern) =>
    setPatterns(patterns.map((one, i) => (i === index ? pattern : one)));
  const isWritten = patterns.every(({ pattern }) => pattern.trim() !== '');
  return (
    <>
      <p>{t('logReading.templateHelp')}</p>
      {patterns.map((pattern, i) => (
        <PatternFields
          key={i === 0 ? 'first' : 'second'}
          number={i + 1}
          value={pattern}
          onChange={(next) => change(i, next)}
        />
      ))}
      {patterns.length === 1 ? (
        <Button icon={<PlusOutlined aria-hidden="true" />} onClick={() => setPatterns([...patterns, blank])}>
          {t('logReading.second')}
        </Button>
      ) : (
        <>
          <p>{t('logReading.secondHint')}</p>
          <Button
            icon={<DeleteOutlined aria-hidden="true" />}
            onClick={() => setPatterns(patterns.slice(0, 1))}
          >
            {t('logReading.removeSecond')}
          </Button>
        </>
      )}
      <div style={{ margin: '16px 0' }}>
        <label htmlFor={sampleId}>{t('logReading.sample')}</label>
        <Input.TextArea
          id={sampleId}
          className="jd-mono"
          value={sample}
          onChange={(event) => onSample(event.target.value)}
          autoSize={{ minRows: 3, maxRows: 12 }}
          maxLength={65_536}
          spellCheck={false}
        />
      </div>
      <TemplatePreview source={source} patterns={patterns} sample={sample} />
      {save.isError ? <ErrorView error={save.error} /> : null}
      {can('logs.sources') ? (
        <Button
          type="primary"
          style={{ marginTop: 16 }}
          disabled={!isWritten}
          loading={save.isPending}
          onClick={() => save.mutate()}
        >
          {t('logReading.save')}
        </Button>
      ) : null}
      <StaleRows source={source} offer />
    </>
  );
}

interface PatternFieldsProps {
  readonly number: number;
  readonly value: TemplatePattern;
  readonly onChange: (value: TemplatePattern) => void;
}

function PatternFields({ number, value, onChange }: PatternFieldsProps) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const { fullNameOf } = useFieldWords();
  const ids = { row: useId(), means: useId(), pattern: useId() };
  const { fields, meanings, open } = fieldsOf(value.row);
  return (
    <div style={{ marginBottom: 16, display: 'grid', gap: 8 }}>
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: 8 }}>
        <div>
          <label htmlFor={ids.row}>{t('logReading.row')}</label>
          <br />
          <Select
            id={ids.row}
            style={{ minWidth: 200 }}
            value={value.row}
            onChange={(row) => onChange({ row, pattern: value.pattern })}
            options={templateRows.map((row) => ({ value: row, label: words('logTemplateRow', row) }))}
          />
        </div>
        {meanings.length > 0 ? (
          <div>
            <label htmlFor={ids.means}>{t('logReading.means')}</label>
            <br />
            <Select
              id={ids.means}
              style={{ minWidth: 160 }}
              value={value.means ?? meanings[0]!}
              onChange={(means) => onChange({ ...value, means })}
              options={meanings.map((one) => ({ value: one, label: words('logTemplateMeaning', one) }))}
            />
          </div>
        ) : null}
      </div>
      <div>
        <label htmlFor={ids.pattern}>{t('logReading.pattern', { number })}</label>
        <Input.TextArea
          id={ids.pattern}
          className="jd-mono"
          value={value.pattern}
          onChange={(event) => onChange({ ...value, pattern: event.target.value.replace(/[\r\n]+/g, ' ') })}
          autoSize={{ minRows: 1, maxRows: 6 }}
          maxLength={2000}
          spellCheck={false}
        />
        <p className="jd-break">
          {t('logReading.fields', { names: Object.keys(fields).map(fullNameOf).join(t('logReading.and')) })}
          {open ? ` ${t('logReading.fieldsOpen')}` : null}
        </p>
      </div>
    </div>
  );
}
