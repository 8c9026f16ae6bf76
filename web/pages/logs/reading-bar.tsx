import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Form, Input, Select, Space } from 'antd';
import { type Ref, useImperativeHandle, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getReading, setReading } from '#logs/contract';
import { call, type RouteInput, type RouteReply } from '../../app/api.ts';
import { CaseNote } from '../../app/case-note.tsx';
import { currentLanguage } from '../../app/i18n.ts';
import { halfOf } from '../../app/zod-words.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { Panel } from '../../ui/panel.tsx';

type Given = NonNullable<RouteInput<typeof setReading>['body']>;
type Reading = NonNullable<RouteReply<typeof getReading>['reading']>;

/** What a search asks before it begins. */
export interface ReadingGate {
  /**
   * True when a reason is known. What was filled in and not yet kept is kept now; when nothing was, the fields are
   * marked and get the focus.
   */
  readonly pass: () => Promise<boolean>;
}

/** Why this session reads the logs: asked once, shown at every search. */
export function ReadingBar({ gate }: { gate: Ref<ReadingGate> }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const form = useRef<ReadingGate>(null);
  const query = useQuery({
    queryKey: ['logs', 'reading'],
    queryFn: ({ signal }) => call(getReading, {}, { signal }),
  });
  const reading = query.data?.reading;
  const isAsking = query.data !== undefined && (reading === null || isOpen);
  // Where it is not known whether a reason is needed, the server says so.
  useImperativeHandle(gate, () => ({ pass: async () => !isAsking || form.current!.pass() }), [isAsking]);
  if (!query.data) return query.isError ? <ErrorView error={query.error} /> : null;
  const { ownSchool } = query.data;
  if (reading && !isOpen) {
    return (
      <p className="jd-faint">
        {t('logSearch.why')}：<WhyText reading={reading} />{' '}
        <Button size="small" type="link" onClick={() => setOpen(true)}>
          {t('logSearch.whyChange')}
        </Button>
        {reading.caseNo === null ? null : <CaseNote caseNo={reading.caseNo} />}
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
      <WhyForm gate={form} ownSchool={ownSchool} hasReason={reading !== null} onDone={() => setOpen(false)} />
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

interface WhyFormProps {
  readonly gate: Ref<ReadingGate>;
  readonly ownSchool: boolean;
  /** An earlier reason still holds: leaving the fields empty is no fault. */
  readonly hasReason: boolean;
  readonly onDone: () => void;
}

function WhyForm({ gate, ownSchool, hasReason, onDone }: WhyFormProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const words = usePurposeWords();
  const [form] = Form.useForm<Given>();
  const save = useMutation({
    mutationFn: (body: Given) => call(setReading, { body }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['logs', 'reading'] });
      onDone();
    },
  });

  function mark(name: keyof Given, words: string): false {
    form.setFields([{ name, errors: [words] }]);
    // Always: what lies under the bar that sticks to the top counts as seen otherwise.
    form.scrollToField(name, { focus: true, block: 'center', scrollMode: 'always' });
    return false;
  }

  async function keep(mayBeEmpty: boolean): Promise<boolean> {
    const given = filledOf(form.getFieldsValue());
    if (Object.keys(given).length === 0) {
      if (mayBeEmpty) return true;
      return mark(
        ownSchool ? 'purpose' : 'caseNo',
        t(ownSchool ? 'logSearch.whyFirstSchool' : 'logSearch.whyFirst'),
      );
    }
    const checked = setReading.body!.safeParse(given);
    const fault = checked.error?.issues[0];
    if (fault) return mark(fault.path[0] as keyof Given, halfOf(fault.message, currentLanguage()));
    return save.mutateAsync(given).then(
      () => true,
      // The mutation holds the error, and it is shown below.
      () => false,
    );
  }

  useImperativeHandle(gate, () => ({ pass: () => keep(hasReason) }));
  return (
    <Form<Given>
      form={form}
      name="logs-why"
      layout="vertical"
      requiredMark={false}
      style={{ marginTop: 12 }}
      onFinish={() => void keep(false)}
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

/** What was filled in, trimmed; fields that were left empty are not sent. */
function filledOf(values: Given): Given {
  const trimmed = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.trim() : value,
  ]);
  return Object.fromEntries(trimmed.filter(([, value]) => value !== undefined && value !== ''));
}
