import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Popconfirm, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import {
  decideSignInPolicy,
  getSignInPolicy,
  listSignInPolicies,
  type policyVersion,
  proposeSignInPolicy,
  signInPolicy,
} from '#auth/contract';
import { call } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { listSource } from '../../app/list-source.ts';
import { useCan, useUser } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';

type Policy = z.output<typeof signInPolicy>;
type Version = z.output<typeof policyVersion>;

const figures = Object.keys(signInPolicy.shape) as (keyof Policy)[];
const source = listSource(listSignInPolicies);
const tones = { proposed: 'waiting', approved: 'ok', refused: 'neutral' } as const;

/** The sign-in policy in force, what is proposed, and every version before. */
export function PolicyPanel() {
  const { t } = useTranslation();
  const can = useCan();
  const policy = useQuery({
    queryKey: ['sign-in-policies', 'current'],
    queryFn: ({ signal }) => call(getSignInPolicy, {}, { signal }),
  });
  return (
    <>
      <Panel
        title={t('signInAdmin.inForce')}
        extra={can('policy.propose') && policy.data ? <Propose current={policy.data} /> : null}
      >
        <Alert type="info" showIcon style={{ marginBottom: 16 }} title={t('signInAdmin.floor')} />
        <QueryView query={policy}>
          {(data) => <Facts items={figures.map((key) => [t(`signInAdmin.figure.${key}`), data[key]])} />}
        </QueryView>
      </Panel>
      <Versions current={policy.data} />
    </>
  );
}

function Propose({ current }: { current: Policy }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  const look = (key: keyof Policy) => {
    const shape = signInPolicy.shape[key];
    const { minimum, maximum } = { minimum: shape.minValue, maximum: shape.maxValue };
    return { label: t(`signInAdmin.figure.${key}`), help: `${minimum} – ${maximum}` };
  };
  return (
    <FormDrawer label={t('signInAdmin.propose')}>
      {(close) => (
        <SchemaForm
          schema={proposeSignInPolicy.body!}
          initial={current}
          fields={{
            ...(Object.fromEntries(figures.map((key) => [key, look(key)])) as Record<
              keyof Policy,
              ReturnType<typeof look>
            >),
            reason: { label: t('signInAdmin.reason'), widget: 'textarea' },
          }}
          submitLabel={t('signInAdmin.propose')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(proposeSignInPolicy, { body });
            await client.invalidateQueries({ queryKey: ['sign-in-policies'] });
            void message.success(t('users.proposed'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}

function Versions({ current }: { current: Policy | undefined }) {
  const { t } = useTranslation();
  const changes = (row: Version) => {
    const different = figures.filter((key) => current && current[key] !== row[key]);
    if (different.length === 0) return '—';
    return different.map((key) => `${t(`signInAdmin.figure.${key}`)} ${row[key]}`).join('；');
  };
  return (
    <ListPage
      name="sign-in-policies"
      label={t('signInAdmin.versions')}
      source={source}
      rowKey={(row) => row.id}
      columns={[
        { key: 'number', title: t('signInAdmin.version'), card: 'title', render: (row) => `№ ${row.number}` },
        { key: 'changes', title: t('signInAdmin.differs'), render: changes },
        { key: 'reason', title: t('signInAdmin.reason'), render: (row) => row.reason },
        {
          key: 'proposedBy',
          title: t('users.proposedBy'),
          render: (row) => `${row.proposedBy} · ${dateMinute(row.proposedAt)}`,
        },
        {
          key: 'state',
          title: t('users.status'),
          render: (row) => (
            <StatusTag tone={tones[row.state]}>
              {t(`signInAdmin.state.${row.state}`)}
              {row.decidedBy ? ` · ${row.decidedBy}` : ''}
            </StatusTag>
          ),
        },
        { key: 'actions', title: t('list.actions'), render: (row) => <DecidePolicy version={row} /> },
      ]}
      empty={<EmptyState title={t('signInAdmin.versions')} hint={t('signInAdmin.floor')} />}
    />
  );
}

function DecidePolicy({ version }: { version: Version }) {
  const { t } = useTranslation();
  const can = useCan();
  const user = useUser();
  const client = useQueryClient();
  const language = useLanguage();
  const { message } = App.useApp();
  const decide = useMutation({
    mutationFn: (approve: boolean) =>
      call(decideSignInPolicy, { params: { id: version.id }, body: { approve } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['sign-in-policies'] });
      void message.success(t('users.decided'));
    },
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
  if (version.state !== 'proposed' || !can('policy.approve') || version.proposedById === user.id) return null;
  return (
    <Space wrap>
      <Popconfirm title={t('signInAdmin.policyConfirm')} onConfirm={() => decide.mutate(true)}>
        <Button size="small" type="primary" loading={decide.isPending}>
          {t('users.approve')}
        </Button>
      </Popconfirm>
      <Button size="small" onClick={() => decide.mutate(false)}>
        {t('users.refuse')}
      </Button>
    </Space>
  );
}
