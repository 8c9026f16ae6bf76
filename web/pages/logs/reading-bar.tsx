import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Form, Input, Select, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getReading, setReading } from '#logs/contract';
import { call, type RouteInput, type RouteReply } from '../../app/api.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { Panel } from '../../ui/panel.tsx';

type Given = NonNullable<RouteInput<typeof setReading>['body']>;
type Reading = NonNullable<RouteReply<typeof getReading>['reading']>;

/** Why this session reads the logs: asked once, shown at every search. */
export function ReadingBar() {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const query = useQuery({
    queryKey: ['logs', 'reading'],
    queryFn: ({ signal }) => call(getReading, {}, { signal }),
  });
  if (!query.data) return query.isError ? <ErrorView error={query.error} /> : null;
  const { reading, ownSchool } = query.data;
  if (reading !== null && !isOpen) {
    return (
      <p className="jd-faint">
        {t('logSearch.why')}：<WhyText reading={reading} />{' '}
        <Button size="small" type="link" onClick={() => setOpen(true)}>
          {t('logSearch.whyChange')}
        </Button>
      </p>
    );
  }
  return (
    <Panel>
      {reading === null ? (
        <Alert
          showIcon
          type="warning"
          title={t('logSearch.whyMissing')}
          description={t('logSearch.whyHint')}
        />
      ) : null}
      <WhyForm ownSchool={ownSchool} onDone={() => setOpen(false)} />
    </Panel>
  );
}

function WhyText({ reading }: { reading: Reading }) {
  const { t } = useTranslation();
  const words = usePurposeWords();
  const parts = [
    reading.caseNo && `${t('logSearch.caseNo')} ${reading.caseNo}`,
    reading.reason,
    reading.purpose && words[reading.purpose],
  ];
  return <strong className="jd-break">{parts.filter(Boolean).join(' · ')}</strong>;
}

function usePurposeWords() {
  const { t } = useTranslation();
  return {
    fault: t('logSearch.purposeFault'),
    check: t('logSearch.purposeCheck'),
    user_report: t('logSearch.purposeUserReport'),
    handover: t('logSearch.purposeHandover'),
  };
}

function WhyForm({ ownSchool, onDone }: { ownSchool: boolean; onDone: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const words = usePurposeWords();
  const save = useMutation({
    mutationFn: (body: Given) => call(setReading, { body }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['logs', 'reading'] });
      onDone();
    },
  });
  return (
    <Form<Given>
      layout="vertical"
      requiredMark={false}
      style={{ marginTop: 12 }}
      onFinish={(values) =>
        save.mutate(
          Object.fromEntries(
            Object.entries(values).filter(([, value]) => value !== undefined && value !== ''),
          ),
        )
      }
    >
      <div className="jd-form-grid">
        {ownSchool ? (
          <Form.Item name="purpose" label={t('logSearch.purpose')} extra={t('logSearch.purposeHelp')}>
            <Select allowClear options={Object.entries(words).map(([value, label]) => ({ value, label }))} />
          </Form.Item>
        ) : null}
        <Form.Item name="caseNo" label={t('logSearch.caseNo')}>
          <Input maxLength={60} />
        </Form.Item>
        <Form.Item name="reason" label={t('logSearch.reason')} extra={t('logSearch.reasonHelp')}>
          <Input maxLength={500} />
        </Form.Item>
      </div>
      {save.isError ? <ErrorView error={save.error} /> : null}
      <Space>
        <Button htmlType="submit" loading={save.isPending}>
          {t('logSearch.whySave')}
        </Button>
      </Space>
    </Form>
  );
}
