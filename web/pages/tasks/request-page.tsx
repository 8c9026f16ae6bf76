import { DownloadOutlined } from '@ant-design/icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { Alert, App, Button, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import {
  type Campaign,
  exportAnswers,
  getCampaign,
  listTasks,
  taskState,
  withdrawCampaign,
} from '#tasks/contract';
import { call, download } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { useDutyWords } from '../../app/duty-words.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { listSource } from '../../app/list-source.ts';
import { inBrackets } from '../../app/punctuation.ts';
import { useCan } from '../../app/session.ts';
import { told } from '../../app/told.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { Nudge } from './nudge.tsx';
import { shareText } from './share-text.ts';
import { DueText, useHolderText } from './task-words.tsx';

/** One request: who has answered, who is late, where nobody is in charge. */
export function RequestPage() {
  const { t } = useTranslation();
  const duties = useDutyWords();
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery({
    queryKey: ['tasks', 'request', id],
    queryFn: ({ signal }) => call(getCampaign, { params: { id } }, { signal }),
  });
  return (
    <QueryView query={query} rows={8}>
      {(campaign) => (
        <>
          <PageHeader
            title={campaign.title}
            description={campaign.why}
            back={{ to: '/tasks/requests', label: t('tasks.requests') }}
            actions={<Actions campaign={campaign} />}
          />
          {campaign.withdrawnAt ? (
            <Alert
              showIcon
              type="info"
              style={{ marginBottom: 16 }}
              title={t('tasks.withdrawn', { reason: campaign.withdrawnReason ?? '' })}
            />
          ) : null}
          <Panel>
            <Facts
              items={[
                [t('tasks.share'), shareText(campaign)],
                [t('tasks.open'), campaign.open],
                [t('tasks.lateCount'), campaign.late],
                [t('tasks.unknown'), campaign.unknown],
                [t('tasks.basis'), duties(campaign.legalBasis)],
                [t('tasks.due'), dateMinute(campaign.dueAt)],
                [t('tasks.minutes'), t('tasks.minutesOf', { count: campaign.minutes })],
                [t('tasks.askedBy'), `${campaign.askedByName}${inBrackets(campaign.unitName)}`],
              ]}
            />
          </Panel>
          <Answers campaign={campaign} />
        </>
      )}
    </QueryView>
  );
}

function Actions({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation();
  const can = useCan();
  const client = useQueryClient();
  const language = useLanguage();
  const { message } = App.useApp();
  const params = { id: campaign.id };
  const isLive = !campaign.withdrawnAt && campaign.open + campaign.late + campaign.unknown > 0;
  return (
    <Space wrap>
      <Button
        icon={<DownloadOutlined aria-hidden="true" />}
        onClick={() => {
          download(exportAnswers, { params, query: {} }, 'answers.xlsx').catch(
            (error: unknown) => void message.error(wordsForError(error)[language]),
          );
        }}
      >
        {t('tasks.exportAnswers')}
      </Button>
      {can('tasks.ask') && campaign.late > 0 ? <Nudge campaignId={campaign.id} /> : null}
      {can('tasks.ask') && isLive ? (
        <FormDrawer label={t('tasks.withdrawAll')} danger>
          {(close) => (
            <SchemaForm
              danger
              schema={withdrawCampaign.body!}
              fields={{
                reason: { label: t('tasks.reason'), widget: 'textarea', help: t('tasks.withdrawAllHint') },
              }}
              submitLabel={t('tasks.withdrawAll')}
              onCancel={close}
              onSubmit={async (body) => {
                await call(withdrawCampaign, { params, body });
                await client.invalidateQueries({ queryKey: ['tasks'] });
                void message.success(t('tasks.withdrawnOk'));
                close();
              }}
            />
          )}
        </FormDrawer>
      ) : null}
    </Space>
  );
}

function Answers({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const navigate = useNavigate();
  const holderText = useHolderText();
  return (
    <ListPage
      // The campaign is part of the name: what is kept of one is not shown for another.
      name={`tasks-answers-${campaign.id}`}
      refreshEvery={15_000}
      label={campaign.title}
      search={t('tasks.search')}
      source={listSource(listTasks, ['state', 'late', 'nobody', 'unitId'], {
        view: 'team',
        campaignId: campaign.id,
      })}
      rowKey={(row) => row.id}
      onOpen={(row) => void navigate({ to: '/tasks/$id', params: { id: row.id } })}
      filters={[
        { key: 'state', label: t('tasks.state'), options: optionsOf(words, 'taskState', taskState.options) },
        { key: 'late', label: t('tasks.lateOnly'), options: [{ value: 'true', label: t('tasks.yes') }] },
        { key: 'nobody', label: t('tasks.nobodyOnly'), options: [{ value: 'true', label: t('tasks.yes') }] },
      ]}
      columns={[
        {
          key: 'unitName',
          title: t('tasks.unit'),
          card: 'title',
          render: (row) => (
            <Link to="/tasks/$id" params={{ id: row.id }}>
              {row.unitName}
            </Link>
          ),
          text: (row) => row.unitName,
        },
        {
          key: 'state',
          coded: 'taskState',
          title: t('tasks.state'),
          render: (row) => <EnumTag name="taskState" value={row.state} />,
          text: (row) => words('taskState', row.state),
        },
        {
          key: 'outcome',
          title: t('tasks.answer'),
          render: (row) => <span className="jd-break">{told(row.outcome)?.slice(0, 200) ?? '—'}</span>,
          text: (row) => told(row.outcome),
        },
        {
          key: 'dueAt',
          title: t('tasks.due'),
          sort: 'dueAt',
          render: (row) => <DueText task={row} />,
          text: (row) => dateMinute(row.dueAt),
        },
        {
          key: 'holder',
          field: 'claimedByName',
          title: t('tasks.holder'),
          render: (row) => holderText(row),
          text: (row) => holderText(row),
        },
        {
          key: 'doneByName',
          title: t('tasks.doneBy'),
          render: (row) => row.doneByName ?? '—',
          text: (row) => row.doneByName,
        },
      ]}
      empty={<EmptyState title={t('tasks.nothingThere')} hint={t('tasks.nothingThereHint')} />}
    />
  );
}
