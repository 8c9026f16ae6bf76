import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Alert, App, Button, Form, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { checkCampaign, raiseCampaign } from '#tasks/contract';
import { listUnits } from '#units/contract';
import { call, type RouteInput, type RouteReply } from '../../app/api.ts';
import { listComma } from '../../app/punctuation.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Panel } from '../../ui/panel.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { readWho, useWhoOptions } from './choose-who.ts';

/** Here it must be filled in; the server has its own words for a request without a basis. */
const form = raiseCampaign.body!.extend({ legalBasis: z.string().trim().min(2).max(300) });

type Body = RouteInput<typeof raiseCampaign>['body'];

/** Asks the same of many units, with what it would mean shown before it is sent. */
export function AskPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { message } = App.useApp();
  const [who, setWho] = useState('role:school_teacher');
  const [signer, setSigner] = useState<string>();
  const [unitIds, setUnitIds] = useState<string[]>([]);
  const [draft, setDraft] = useState<Partial<Body>>({});
  const rest = { assignee: readWho(who), unitIds, ...(signer ? { signer: readWho(signer) } : {}) };
  return (
    <>
      <PageHeader
        title={t('tasks.ask')}
        description={t('tasks.askHint')}
        back={{ to: '/tasks/requests', label: t('tasks.requests') }}
      />
      <div className="jd-columns">
        <Panel>
          <Form layout="vertical" component="div">
            <WhoFields who={who} setWho={setWho} signer={signer} setSigner={setSigner} />
            <Form.Item label={t('tasks.askUnits')} extra={t('tasks.askUnitsAll')} htmlFor="ask-units">
              <UnitsPicker value={unitIds} onChange={setUnitIds} />
            </Form.Item>
          </Form>
          <SchemaForm
            schema={form}
            draft="tasks.ask"
            fixed={rest}
            initial={{ minutes: 10 }}
            onChange={setDraft}
            fields={{
              title: { label: t('tasks.askTitle'), example: t('tasks.askTitleExample') },
              why: { label: t('tasks.askWhy'), widget: 'textarea', help: t('tasks.askWhyHelp') },
              legalBasis: {
                label: t('tasks.askBasis'),
                help: t('tasks.askBasisHelp'),
                example: t('tasks.askBasisExample'),
              },
              dueAt: { label: t('tasks.askDue') },
              minutes: { label: t('tasks.askMinutes') },
              link: { label: t('tasks.askLink'), example: '/sites' },
              wantsFile: { label: t('tasks.askFile') },
              acceptOverload: { label: t('tasks.askOverload') },
            }}
            submitLabel={t('tasks.askSend')}
            onSubmit={async (body) => {
              const campaign = await call(raiseCampaign, { body });
              await client.invalidateQueries({ queryKey: ['tasks'] });
              void message.success(t('tasks.asked_ok', { count: campaign.targets }));
              await navigate({ to: '/tasks/requests/$id', params: { id: campaign.id } });
            }}
          />
        </Panel>
        <Forecast body={{ ...draft, ...rest } as Body} />
      </div>
    </>
  );
}

function WhoFields(props: {
  who: string;
  setWho: (value: string) => void;
  signer: string | undefined;
  setSigner: (value: string | undefined) => void;
}) {
  const { t } = useTranslation();
  const options = [...useWhoOptions()];
  return (
    <>
      <Form.Item label={t('tasks.askWho')} htmlFor="ask-who">
        <Select id="ask-who" value={props.who} options={options} onChange={props.setWho} />
      </Form.Item>
      <Form.Item label={t('tasks.askSigner')} htmlFor="ask-signer">
        <Select
          id="ask-signer"
          allowClear
          placeholder={t('tasks.askNoSigner')}
          value={props.signer}
          options={options}
          onChange={props.setSigner}
        />
      </Form.Item>
    </>
  );
}

function UnitsPicker({ value, onChange }: { value: string[]; onChange: (ids: string[]) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const query = useQuery({
    queryKey: ['units', 'picker', text],
    queryFn: ({ signal }) =>
      call(listUnits, { query: { pageSize: 50, ...(text === '' ? {} : { q: text }) } }, { signal }),
    placeholderData: keepPreviousData,
  });
  return (
    <Select
      id="ask-units"
      mode="multiple"
      value={value}
      placeholder={t('units.search')}
      loading={query.isFetching}
      showSearch={{ onSearch: setText, filterOption: false }}
      options={query.data?.items.map((unit) => ({ value: unit.id, label: unit.name })) ?? []}
      onChange={onChange}
    />
  );
}

/** How many units, how much of their time, who is overloaded, where nobody is in charge. */
function Forecast({ body }: { body: Body }) {
  const { t } = useTranslation();
  const check = useMutation({
    mutationFn: () => {
      // Who is asked and how long it takes is all that the forecast needs; the rest may still be empty.
      const rest = {
        title: '----',
        why: '----',
        dueAt: new Date(0).toISOString(),
        minutes: body.minutes ?? 10,
      };
      return call(checkCampaign, {
        body: { ...rest, assignee: body.assignee, unitIds: body.unitIds ?? [] } as Body,
      });
    },
  });
  return (
    <Panel>
      <Button loading={check.isPending} onClick={() => check.mutate()}>
        {t('tasks.askCheck')}
      </Button>
      <div aria-live="polite" style={{ marginTop: 16 }}>
        {check.isError ? <ErrorView error={check.error} /> : null}
        {check.data ? <ForecastText forecast={check.data} /> : null}
      </div>
    </Panel>
  );
}

function ForecastText({ forecast }: { forecast: RouteReply<typeof checkCampaign> }) {
  const { t } = useTranslation();
  const list = (names: readonly string[]) => ({
    count: names.length,
    names: names.slice(0, 20).join(listComma()) + (names.length > 20 ? '…' : ''),
  });
  return (
    <>
      <p>
        {t('tasks.forecast', {
          units: forecast.units,
          minutes: forecast.totalMinutes,
          earliest: dateMinute(forecast.earliestDueAt),
        })}
      </p>
      {forecast.overCap.length > 0 ? (
        <Alert type="warning" showIcon title={t('tasks.forecastOver', list(forecast.overCap))} />
      ) : null}
      {forecast.nobody.length > 0 ? (
        <Alert
          type="warning"
          showIcon
          style={{ marginTop: 8 }}
          title={t('tasks.forecastNobody', list(forecast.nobody))}
        />
      ) : null}
    </>
  );
}
