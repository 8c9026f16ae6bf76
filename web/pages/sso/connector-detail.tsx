import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Popconfirm, Space, Typography } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { decideConnector, settingsFields, switchOffConnector, testConnector } from '#auth/contract';
import { call } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { useLanguage } from '../../app/i18n.ts';
import { useCan, useUser } from '../../app/session.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { Facts } from '../../ui/panel.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import { type Connector, ConnectorForm } from './connector-form.tsx';

type Version = Connector['latest'];

interface DetailProps {
  readonly connector: Connector;
  readonly onClose: () => void;
}

/** One connector: its settings, its proposal with what differs, a test, and what may be done with it. */
export function ConnectorDetail({ connector, onClose }: DetailProps) {
  const { t } = useTranslation();
  const can = useCan();
  const [isChanging, setChanging] = useState(false);
  const { active, proposed, latest } = connector;
  if (isChanging) return <ConnectorForm kind={connector.kind} connector={connector} onClose={onClose} />;
  return (
    <div style={{ display: 'grid', gap: 20, gridTemplateColumns: 'minmax(0, 1fr)' }}>
      <section>
        <h3 style={{ marginTop: 0 }}>{t('sso.callback')}</h3>
        <Typography.Text className="jd-mono jd-break" copyable>
          {connector.callbackUrl}
        </Typography.Text>
        <p className="jd-faint" style={{ margin: '4px 0 0' }}>
          {t('sso.callbackHelp')}
        </p>
      </section>
      {proposed ? (
        <Settings title={t('sso.proposal')} connector={connector} version={proposed} against={active} />
      ) : null}
      {active ? <Settings title={t('sso.present')} connector={connector} version={active} /> : null}
      {!proposed && !active ? (
        <Settings title={t('sso.latest')} connector={connector} version={latest} />
      ) : null}
      <TestPanel connector={connector} />
      {proposed ? <Decide connector={connector} version={proposed} onClose={onClose} /> : null}
      <Space wrap>
        {can('sso.propose') ? <Button onClick={() => setChanging(true)}>{t('sso.change')}</Button> : null}
        {active ? <SwitchOff connector={connector} onClose={onClose} /> : null}
      </Space>
    </div>
  );
}

interface SettingsProps {
  readonly title: string;
  readonly connector: Connector;
  readonly version: Version;
  readonly against?: Version | null;
}

function Settings({ title, connector, version, against }: SettingsProps) {
  const { t } = useTranslation();
  const word = t as (key: string, options: { defaultValue: string }) => string;
  const labelOf = (name: string) => {
    if (name === 'internalAddress') return t('sso.internalAddress');
    return name === 'caPem' ? t('sso.caPem') : word(`sso.values.${name}`, { defaultValue: name });
  };
  const show = (name: string, value: unknown, before: unknown) => {
    const text = Array.isArray(value) ? value.join(', ') : value === undefined ? '—' : String(value);
    const hasChanged = against && JSON.stringify(value) !== JSON.stringify(before);
    return [
      labelOf(name),
      <span key={name} className="jd-break">
        {text === '' ? '—' : text.slice(0, 600)}{' '}
        {hasChanged ? <StatusTag tone="warn">{t('sso.changed')}</StatusTag> : null}
      </span>,
    ] as const;
  };
  const names = Object.keys(settingsFields[connector.kind].shape);
  return (
    <section>
      <h3 style={{ marginTop: 0 }}>{title}</h3>
      {against ? <p className="jd-faint">{t('sso.onlyChanged')}</p> : null}
      <Facts
        small
        items={[
          [t('sso.name'), `${version.nameZh} / ${version.nameEn}`],
          ...names.map((name) => show(name, version.settings[name], against?.settings[name])),
          [t('sso.secret'), version.hasSecret ? t('sso.hasSecret') : t('sso.noSecret')],
        ]}
      />
      <p className="jd-faint" style={{ margin: '8px 0 0' }}>
        {t('sso.by', { name: version.proposedBy, time: dateMinute(version.proposedAt) })}
        {version.decidedBy && version.decidedAt ? (
          <>
            <br />
            {t('sso.decidedBy', { name: version.decidedBy, time: dateMinute(version.decidedAt) })}
          </>
        ) : null}
      </p>
    </section>
  );
}

function TestPanel({ connector }: { connector: Connector }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const test = useMutation({ mutationFn: () => call(testConnector, { params: { id: connector.id } }) });
  return (
    <section aria-live="polite">
      <Button loading={test.isPending} onClick={() => test.mutate()}>
        {test.data ? t('sso.testAgain') : t('sso.test')}
      </Button>
      {test.error ? <ErrorView error={test.error} /> : null}
      <div style={{ display: 'grid', gap: 8, marginTop: 12 }}>
        {test.data?.steps.map((step) => (
          <Alert key={step.en} showIcon type={step.ok ? 'success' : 'error'} title={step[language]} />
        ))}
      </div>
    </section>
  );
}

function useChange(work: (approve: boolean) => Promise<unknown>, onClose: () => void) {
  const { t } = useTranslation();
  const language = useLanguage();
  const client = useQueryClient();
  const { message } = App.useApp();
  return useMutation({
    mutationFn: work,
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['sso-connectors'] });
      void message.success(t('sso.done'));
      onClose();
    },
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
}

function Decide({ connector, version, onClose }: DetailProps & { version: Version }) {
  const { t } = useTranslation();
  const can = useCan();
  const user = useUser();
  const decide = useChange(
    (approve) =>
      call(decideConnector, { params: { id: connector.id }, body: { versionId: version.id, approve } }),
    onClose,
  );
  if (!can('sso.approve')) return null;
  if (version.proposedById === user.id) return <Alert type="info" showIcon title={t('sso.ownProposal')} />;
  return (
    <section>
      <p className="jd-faint">{t('sso.approveHint')}</p>
      <Space wrap>
        <Button type="primary" loading={decide.isPending} onClick={() => decide.mutate(true)}>
          {t('sso.approve')}
        </Button>
        <Button danger loading={decide.isPending} onClick={() => decide.mutate(false)}>
          {t('sso.refuse')}
        </Button>
      </Space>
    </section>
  );
}

function SwitchOff({ connector, onClose }: DetailProps) {
  const { t } = useTranslation();
  const off = useChange(() => call(switchOffConnector, { params: { id: connector.id } }), onClose);
  return (
    <Popconfirm title={t('sso.switchOffConfirm')} onConfirm={() => off.mutate(true)}>
      <Button danger loading={off.isPending}>
        {t('sso.switchOff')}
      </Button>
    </Popconfirm>
  );
}
