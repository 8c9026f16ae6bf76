import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Popconfirm, Space, Typography } from 'antd';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { decideReset, listResets, type resetRequest } from '#auth/contract';
import { call } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { useLanguage } from '../../app/i18n.ts';
import { listSource } from '../../app/list-source.ts';
import { inBrackets } from '../../app/punctuation.ts';
import { useCan, useUser } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { StatusTag } from '../../ui/status-tag.tsx';

type Reset = z.output<typeof resetRequest>;

const source = listSource(listResets, ['state']);
const tones = { proposed: 'waiting', approved: 'ok', refused: 'neutral' } as const;

/** Resets that two people decide. */
export function ResetList() {
  const { t } = useTranslation();
  return (
    <ListPage
      name="account-resets"
      label={t('signInAdmin.resets')}
      source={source}
      rowKey={(row) => row.id}
      filters={[
        {
          key: 'state',
          label: t('users.status'),
          options: (['proposed', 'approved', 'refused'] as const).map((value) => ({
            value,
            label: t(`signInAdmin.state.${value}`),
          })),
        },
      ]}
      columns={[
        {
          key: 'name',
          title: t('users.name'),
          card: 'title',
          render: (row) => `${row.name}${inBrackets(row.username)}`,
        },
        { key: 'unitName', title: t('users.unit'), render: (row) => row.unitName },
        { key: 'what', title: t('signInAdmin.what'), render: (row) => t(`signInAdmin.whats.${row.what}`) },
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
        { key: 'actions', title: t('list.actions'), render: (row) => <Decide reset={row} /> },
      ]}
      empty={<EmptyState title={t('signInAdmin.noResets')} hint={t('signInAdmin.noResetsHint')} />}
    />
  );
}

function Decide({ reset }: { reset: Reset }) {
  const { t } = useTranslation();
  const can = useCan();
  const user = useUser();
  const client = useQueryClient();
  const language = useLanguage();
  const { message, modal } = App.useApp();
  const decide = useMutation({
    mutationFn: (approve: boolean) => call(decideReset, { params: { id: reset.id }, body: { approve } }),
    onSuccess: async ({ password }) => {
      await client.invalidateQueries({ queryKey: ['account-resets'] });
      void message.success(t('users.decided'));
      if (password !== null) {
        modal.success({
          title: t('signInAdmin.newPassword', { name: reset.name }),
          content: (
            <Typography.Text className="jd-mono jd-break" copyable>
              {password}
            </Typography.Text>
          ),
        });
      }
    },
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
  const mayDecide = can('resets.approve') && reset.proposedById !== user.id && reset.accountId !== user.id;
  if (reset.state !== 'proposed' || !mayDecide) return null;
  return (
    <Space wrap>
      <Popconfirm
        title={t('signInAdmin.approveConfirm', { name: reset.name })}
        onConfirm={() => decide.mutate(true)}
      >
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
