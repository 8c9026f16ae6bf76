import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Dropdown, Modal, Space, Typography } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  kickOutAccount,
  type listAccounts,
  proposeReset,
  resetPassword,
  unlockAccount,
} from '#auth/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { useLanguage } from '../../app/i18n.ts';
import { useCan, useUser } from '../../app/session.ts';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';

type Account = RouteReply<typeof listAccounts>['items'][number];

const administrators: readonly string[] = ['system_admin', 'security_admin', 'audit_admin'];
type Ask = 'password' | 'factors' | 'kickOut';

/** Second factor, lock and password of an account, in words. */
export function AccountState({ account }: { account: Account }) {
  const { t } = useTranslation();
  return (
    <Space wrap size={4}>
      {account.factor === 'missing' ? (
        <StatusTag tone="danger">{t('signInAdmin.factorMissing')}</StatusTag>
      ) : (
        <StatusTag tone={account.factor === 'enrolled' ? 'ok' : 'neutral'}>
          {t(`signInAdmin.factor.${account.factor}`)}
        </StatusTag>
      )}
      {account.lockedMinutes > 0 ? (
        <StatusTag tone="danger">{t('signInAdmin.locked', { minutes: account.lockedMinutes })}</StatusTag>
      ) : null}
      {account.password === 'good' ? null : (
        <StatusTag tone="warn">{t(`signInAdmin.passwordState.${account.password}`)}</StatusTag>
      )}
    </Space>
  );
}

/** What an administrator does for somebody who cannot get in: unlock, reset, end sessions. */
export function AccountHelp({ account }: { account: Account }) {
  const { t } = useTranslation();
  const can = useCan();
  const user = useUser();
  const [ask, setAsk] = useState<Ask>();
  const isAdministrator = account.roles.some((role) => administrators.includes(role));
  const isOneself = account.id === user.id;
  const items = [
    (isAdministrator ? can('resets.propose') : can('accounts.write')) && !isOneself
      ? {
          key: 'password',
          label: t(isAdministrator ? 'signInAdmin.proposePassword' : 'signInAdmin.resetPassword'),
        }
      : null,
    can('resets.propose') && account.factor === 'enrolled' && !isOneself
      ? { key: 'factors', label: t('signInAdmin.proposeFactors') }
      : null,
    can('sessions.end') && !isOneself ? { key: 'kickOut', label: t('signInAdmin.kickOutAll') } : null,
  ].filter((item) => item !== null);
  return (
    <Space wrap>
      {can('accounts.unlock') && account.lockedMinutes > 0 ? <Unlock account={account} /> : null}
      {items.length === 0 ? null : (
        <Dropdown trigger={['click']} menu={{ items, onClick: ({ key }) => setAsk(key as Ask) }}>
          <Button size="small" aria-haspopup="menu">
            {t('signInAdmin.help')}
          </Button>
        </Dropdown>
      )}
      {ask === undefined ? null : (
        <AskModal
          account={account}
          ask={ask}
          isProposal={ask === 'factors' || isAdministrator}
          onClose={() => setAsk(undefined)}
        />
      )}
    </Space>
  );
}

function Unlock({ account }: { account: Account }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const language = useLanguage();
  const { message } = App.useApp();
  const unlock = useMutation({
    mutationFn: () => call(unlockAccount, { params: { id: account.id } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['accounts'] }),
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
  return (
    <Button size="small" loading={unlock.isPending} onClick={() => unlock.mutate()}>
      {t('signInAdmin.unlock')}
    </Button>
  );
}

interface AskModalProps {
  readonly account: Account;
  readonly ask: Ask;
  readonly isProposal: boolean;
  readonly onClose: () => void;
}

function AskModal({ account, ask, isProposal, onClose }: AskModalProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  const [password, setPassword] = useState<string>();
  const { name, id } = account;

  async function run(reason: string) {
    if (ask === 'kickOut') {
      const { ended } = await call(kickOutAccount, { params: { id } });
      void message.success(t('signInAdmin.ended', { n: ended }));
      onClose();
    } else if (isProposal) {
      await call(proposeReset, { params: { id }, body: { what: ask, reason } });
      void message.success(t('users.proposed'));
      onClose();
    } else {
      const reply = await call(resetPassword, { params: { id }, body: { reason } });
      setPassword(reply.password);
    }
    await client.invalidateQueries({ queryKey: ['accounts'] });
  }

  return (
    <Modal open title={t(`signInAdmin.ask.${ask}`, { name })} footer={null} onCancel={onClose}>
      {password === undefined ? (
        <>
          <p className="jd-faint">
            {t(isProposal && ask !== 'kickOut' ? 'signInAdmin.askTwo' : `signInAdmin.askHint.${ask}`)}
          </p>
          {ask === 'kickOut' ? (
            <ConfirmButton onConfirm={() => run('')} />
          ) : (
            <SchemaForm
              schema={resetPassword.body!}
              fields={{ reason: { label: t('signInAdmin.reason'), autoFocus: true } }}
              submitLabel={t(isProposal ? 'signInAdmin.proposeReset' : 'signInAdmin.resetPassword')}
              danger
              onCancel={onClose}
              onSubmit={({ reason }) => run(reason)}
            />
          )}
        </>
      ) : (
        <>
          <p>{t('signInAdmin.newPassword', { name })}</p>
          <Typography.Text className="jd-mono jd-break" copyable>
            {password}
          </Typography.Text>
        </>
      )}
    </Modal>
  );
}

function ConfirmButton({ onConfirm }: { onConfirm: () => Promise<void> }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { message } = App.useApp();
  const work = useMutation({
    mutationFn: onConfirm,
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
  return (
    <Button danger type="primary" loading={work.isPending} onClick={() => work.mutate()}>
      {t('signInAdmin.kickOut')}
    </Button>
  );
}
