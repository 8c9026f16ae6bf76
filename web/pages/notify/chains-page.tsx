import { PlusOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import {
  acknowledgeRun,
  type Chain,
  type ChainStep,
  listChainRuns,
  listChains,
  startChainByHand,
} from '#notify/contract';
import { call } from '../../app/api.ts';
import { type EnumName, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { currentLanguage } from '../../app/i18n.ts';
import { listSource } from '../../app/list-source.ts';
import { colon, inBrackets, listComma } from '../../app/punctuation.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { useListState } from '../../ui/list-state.ts';
import { dateTime } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import { ChainForm } from './chain-form.tsx';

const chainSource = listSource(listChains, ['history']);
const runSource = listSource(listChainRuns, ['open']);

/** Whom to tell after how long while nobody answers; and the chains that were started. */
export function ChainsPage() {
  const { t } = useTranslation();
  const [state, change] = useListState();
  const tab = state.tab === 'runs' ? 'runs' : 'chains';
  return (
    <>
      <PageHeader
        title={t('chains.title')}
        description={t('chains.description')}
        actions={
          <FormDrawer label={t('chains.add')} type="primary" icon={<PlusOutlined aria-hidden="true" />}>
            {(close) => <ChainForm onDone={close} />}
          </FormDrawer>
        }
      />
      <Tabs
        activeKey={tab}
        onChange={(key) => change({ q: '', sort: '', filters: {}, tab: key === 'chains' ? '' : key })}
        items={[
          { key: 'chains', label: t('chains.title') },
          { key: 'runs', label: t('chains.runs') },
        ]}
      />
      {tab === 'chains' ? <ChainList /> : <RunList />}
    </>
  );
}

function ChainList() {
  const { t } = useTranslation();
  return (
    <ListPage
      name="chains"
      label={t('chains.title')}
      source={chainSource}
      rowKey={(row) => row.id}
      columns={[
        { key: 'name', title: t('chains.name'), card: 'title', render: (row) => row.name },
        { key: 'key', title: t('chains.key'), render: (row) => <code>{row.key}</code> },
        { key: 'version', title: t('chains.version'), render: (row) => row.version },
        {
          key: 'steps',
          title: t('chains.steps'),
          field: 'name',
          render: (row) => <Steps steps={row.steps} />,
        },
        { key: 'setBy', title: t('templates.setBy'), render: (row) => `${row.setBy} ${dateTime(row.from)}` },
        { key: 'actions', title: '', render: (row) => <ChainActions row={row} /> },
      ]}
      empty={<EmptyState title={t('chains.empty')} hint={t('chains.emptyHint')} />}
    />
  );
}

function Steps({ steps }: { steps: readonly ChainStep[] }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const levels = {
    unit: t('chains.unitLevel'),
    county: t('chains.countyLevel'),
    city: t('chains.cityLevel'),
  };
  const nameOf = (target: ChainStep['whom'][number]) => {
    if (target.by === 'post')
      return [levels[target.level], words('post' as EnumName, target.post)].join(
        currentLanguage() === 'zh' ? '' : ': ',
      );
    return target.by === 'role' ? words('role', target.role) : target.accountId;
  };
  return (
    <ol style={{ margin: 0, paddingLeft: 20 }}>
      {steps.map((step) => {
        const line = `${t('chains.minutes', { n: step.afterMinutes })}${colon()}${step.whom.map(nameOf).join(listComma())}${inBrackets(
          step.channels.map((one) => words('messageChannel', one)).join(listComma()),
        )}`;
        return <li key={line}>{line}</li>;
      })}
    </ol>
  );
}

function ChainActions({ row }: { row: Chain }) {
  const { t } = useTranslation();
  return (
    <div style={{ display: 'flex', flexWrap: 'wrap', gap: 6 }}>
      <FormDrawer label={t('chains.edit')} title={row.name} size="small">
        {(close) => <ChainForm row={row} onDone={close} />}
      </FormDrawer>
      <FormDrawer label={t('chains.start')} title={`${t('chains.startTitle')} · ${row.name}`} size="small">
        {(close) => <StartForm row={row} onDone={close} />}
      </FormDrawer>
    </div>
  );
}

function StartForm({ row, onDone }: { row: Chain; onDone: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  return (
    <SchemaForm
      schema={startChainByHand.body!}
      fixed={{ chain: row.key }}
      fields={{
        key: { label: t('chains.startKey'), help: t('chains.startKeyHelp') },
        unitCode: { label: t('chains.unit'), widget: 'unit', gives: 'code' },
        subject: { label: t('chains.subject') },
        body: { label: t('chains.body'), widget: 'textarea' },
      }}
      submitLabel={t('chains.start')}
      onCancel={onDone}
      onSubmit={async (body) => {
        await call(startChainByHand, { body });
        message.success(t('chains.started'));
        await client.invalidateQueries({ queryKey: ['chain-runs'] });
        onDone();
      }}
    />
  );
}

function RunList() {
  const { t } = useTranslation();
  const words = useEnumWords();
  return (
    <ListPage
      name="chain-runs"
      label={t('chains.runs')}
      source={runSource}
      search={t('list.search')}
      refreshEvery={15_000}
      rowKey={(row) => row.id}
      filters={[
        { key: 'open', label: t('chains.open'), options: [{ value: 'true', label: t('chains.open') }] },
      ]}
      columns={[
        { key: 'subject', title: t('chains.subject'), card: 'title', render: (row) => row.subject },
        { key: 'chain', title: t('chains.key'), render: (row) => `${row.chain} · ${row.version}` },
        { key: 'startedAt', title: t('messages.at'), render: (row) => dateTime(row.startedAt) },
        {
          key: 'steps',
          title: t('chains.steps'),
          field: 'subject',
          render: (row) => (
            <ol style={{ margin: 0, paddingLeft: 20 }}>
              {row.steps.map((step) => (
                <li key={step.seq}>
                  <span className="jd-num">{dateTime(step.dueAt)}</span>{' '}
                  {step.people.length === 0 ? t('chains.nobody') : step.people.join(listComma())}
                  {inBrackets(step.channels.map((one) => words('messageChannel', one)).join(listComma()))}
                  {step.firedAt ? ` · ${t('chains.fired')}` : ''}
                </li>
              ))}
            </ol>
          ),
        },
        {
          key: 'acknowledgedBy',
          title: t('channels.status'),
          render: (row) =>
            row.acknowledgedAt ? (
              <StatusTag tone="ok">{t('chains.acknowledged', { by: row.acknowledgedBy ?? '' })}</StatusTag>
            ) : (
              <Acknowledge id={row.id} />
            ),
        },
      ]}
      empty={<EmptyState title={t('chains.runsEmpty')} hint={t('chains.emptyHint')} />}
    />
  );
}

function Acknowledge({ id }: { id: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  const acknowledge = useMutation({
    mutationFn: () => call(acknowledgeRun, { params: { id } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['chain-runs'] }),
    onError: (error) => message.error(error.message),
  });
  return (
    <>
      <StatusTag tone="waiting">{t('chains.waiting')}</StatusTag>{' '}
      <Button size="small" loading={acknowledge.isPending} onClick={() => acknowledge.mutate()}>
        {t('chains.acknowledge')}
      </Button>
    </>
  );
}
