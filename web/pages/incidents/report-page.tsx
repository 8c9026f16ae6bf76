import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { App, Button, Form, Input, InputNumber, Switch } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { reportIncident } from '#incidents/contract';
import { call } from '../../app/api.ts';
import { currentLanguage } from '../../app/i18n.ts';
import { useCan, useUser } from '../../app/session.ts';
import { UnitPicker } from '../../app/unit-picker.tsx';
import { halfOf } from '../../app/zod-words.ts';
import { ChinaTimeInput } from '../../ui/china-time-input.tsx';
import { useDraft } from '../../ui/draft.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { timeOnly } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Panel } from '../../ui/panel.tsx';
import { type ReportDraft, reportFromDraft } from './report-draft.ts';

type Body = z.input<NonNullable<typeof reportIncident.body>>;

/** Reporting an incident by hand: few fields, may be incomplete, kept in this browser until it was sent. */
export function ReportPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHeader
        title={t('incidents.form.title')}
        description={t('incidents.form.hint')}
        back={{ to: '/incidents', label: t('incidents.title') }}
      />
      <Panel>
        <div style={{ maxWidth: 640 }}>
          <ReportForm />
        </div>
      </Panel>
    </>
  );
}

function ReportForm() {
  const { t } = useTranslation();
  const [form] = Form.useForm<ReportDraft>();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const client = useQueryClient();
  const user = useUser();
  const draft = useDraft<ReportDraft>(`incident.${user.id}`);
  const [failure, setFailure] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);

  async function submit(values: ReportDraft) {
    setFailure(undefined);
    const body = reportFromDraft(values) as Body;
    const checked = reportIncident.body!.safeParse(body);
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
      const incident = await call(reportIncident, { body });
      draft.clear();
      await client.invalidateQueries({ queryKey: ['incidents'] });
      void message.success(t('incidents.form.done', { number: incident.number }));
      await navigate({ to: '/incidents/$id', params: { id: incident.id } });
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
      initialValues={draft.initial}
      scrollToFirstError={{ focus: true }}
      onValuesChange={(_changed, all) => draft.save(all)}
      onFinish={(values) => void submit(values)}
    >
      <ReportFields />
      {failure === undefined ? null : (
        <div style={{ marginBottom: 16 }}>
          <ErrorView error={failure} />
        </div>
      )}
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: 12, alignItems: 'center' }}>
        <Button type="primary" danger size="large" htmlType="submit" loading={isBusy}>
          {t('incidents.form.submit')}
        </Button>
        <Button
          onClick={() => {
            draft.clear();
            form.setFieldsValue(emptyDraft);
          }}
        >
          {t('form.discardDraft')}
        </Button>
        <span className="jd-faint" aria-live="polite">
          {draft.savedAt
            ? t('form.draftKept', { time: timeOnly(draft.savedAt) })
            : Object.keys(draft.initial).length > 0
              ? t('form.draftFound')
              : ''}
        </span>
      </div>
    </Form>
  );
}

const emptyDraft = {
  title: '',
  unitId: undefined,
  url: '',
  foundAt: undefined,
  summary: '',
  exercise: false,
  source: { ip: '', port: null, at: undefined },
};

function ReportFields() {
  const { t } = useTranslation();
  const can = useCan();
  return (
    <>
      <Form.Item name="title" label={t('incidents.form.name')}>
        <Input placeholder={t('incidents.form.nameExample')} maxLength={120} autoFocus />
      </Form.Item>
      {can('units.read') ? (
        <Form.Item name="unitId" label={t('incidents.form.unit')}>
          <UnitPicker placeholder={t('incidents.form.unitOwn')} />
        </Form.Item>
      ) : null}
      <Form.Item name="url" label={t('incidents.form.url')}>
        <Input placeholder="http://www.school.example/page" inputMode="url" maxLength={500} />
      </Form.Item>
      <Form.Item name="foundAt" label={t('incidents.form.foundAt')} extra={t('incidents.form.foundAtHelp')}>
        <ChinaTimeInput />
      </Form.Item>
      <Form.Item name="summary" label={t('incidents.form.summary')}>
        <Input.TextArea
          placeholder={t('incidents.form.summaryExample')}
          autoSize={{ minRows: 3, maxRows: 12 }}
          maxLength={2000}
          showCount
        />
      </Form.Item>
      <details style={{ marginBottom: 20 }}>
        <summary style={{ cursor: 'pointer', padding: '4px 0' }}>{t('incidents.form.source')}</summary>
        <div className="jd-tiles" style={{ margin: '12px 0 0', gap: '0 16px' }}>
          <Form.Item name={['source', 'ip']} label={t('incidents.form.sourceIp')}>
            <Input placeholder="203.0.113.7" />
          </Form.Item>
          <Form.Item name={['source', 'port']} label={t('incidents.form.sourcePort')}>
            <InputNumber min={1} max={65535} style={{ width: '100%' }} />
          </Form.Item>
          <Form.Item name={['source', 'at']} label={t('incidents.form.sourceAt')}>
            <ChinaTimeInput />
          </Form.Item>
        </div>
      </details>
      <Form.Item
        name="exercise"
        label={t('incidents.form.exercise')}
        valuePropName="checked"
        layout="horizontal"
      >
        <Switch />
      </Form.Item>
    </>
  );
}
