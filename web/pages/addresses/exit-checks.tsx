import { App, Button, Divider, Flex } from 'antd';
import { useTranslation } from 'react-i18next';
import {
  decideExitException,
  exitOutcome,
  listExitChecks,
  listExitExceptions,
  probeExit,
  requestExitException,
} from '#addresses/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { listSource } from '../../app/list-source.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { useDone } from './use-done.ts';

/** Through which exit each school goes out, and which may use another one. */
export function ExitChecks() {
  const { t } = useTranslation();
  const words = useEnumWords();
  return (
    <>
      <p className="jd-faint">{t('allocationTree.exitHint')}</p>
      <ListPage
        name="exitChecks"
        label={t('allocationTree.exits')}
        search={t('list.search')}
        source={listSource(listExitChecks, ['outcome'])}
        rowKey={(row) => row.id}
        filters={[
          {
            key: 'outcome',
            label: t('allocationTree.outcome'),
            options: optionsOf(words, 'exitOutcome', exitOutcome.options),
          },
        ]}
        tools={<Tools />}
        columns={[
          {
            key: 'unitName',
            title: t('allocationTree.school'),
            card: 'title',
            render: (row) => row.unitName,
          },
          {
            key: 'outcome',
            coded: 'exitOutcome',
            title: t('allocationTree.outcome'),
            render: (row) => (
              <>
                <EnumTag name="exitOutcome" value={row.outcome} />{' '}
                {row.excepted ? t('allocationTree.excepted') : null}
              </>
            ),
          },
          {
            key: 'network',
            title: t('allocationTree.network'),
            render: (row) => <span className="jd-mono">{row.network ?? '—'}</span>,
          },
          { key: 'exitUnit', title: t('allocationTree.exitUnit'), render: (row) => row.exitUnit ?? '—' },
          {
            key: 'firstAt',
            title: t('allocationTree.firstAt'),
            render: (row) => (row.firstAt ? dateMinute(row.firstAt) : '—'),
          },
          {
            key: 'lastAt',
            title: t('allocationTree.lastAt'),
            render: (row) => (row.lastAt ? dateMinute(row.lastAt) : '—'),
          },
          {
            key: 'days',
            title: t('allocationTree.days'),
            render: (row) => <span className="jd-num">{row.days}</span>,
          },
        ]}
        empty={<EmptyState title={t('allocationTree.noExits')} hint={t('allocationTree.noExitsHint')} />}
      />
    </>
  );
}

function Tools() {
  const can = useCan();
  return (
    <Flex wrap gap="small">
      {can('addresses.probe') ? <Probe /> : null}
      <Exceptions />
    </Flex>
  );
}

function Probe() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const { message } = App.useApp();
  const done = useDone();
  const probe = async () => {
    const { address, outcome } = await call(probeExit, {});
    await done(t('allocationTree.probeSays', { address, outcome: words('exitOutcome', outcome) }));
  };
  return (
    <Button onClick={() => probe().catch((error: Error) => void message.error(error.message))}>
      {t('allocationTree.probe')}
    </Button>
  );
}

function Exceptions() {
  const { t } = useTranslation();
  const can = useCan();
  const done = useDone();
  return (
    <FormDrawer label={t('allocationTree.exceptions')}>
      {(close) => (
        <>
          {can('addresses.write') ? (
            <>
              <SchemaForm
                schema={requestExitException.body!}
                fields={{
                  unitId: { label: t('allocationTree.school'), widget: 'unit' },
                  network: { label: t('allocationTree.network'), example: '192.0.2.0/24' },
                  reason: { label: t('allocationTree.reason'), widget: 'textarea' },
                  expiresOn: { label: t('allocationTree.expiresOn'), example: '2026-12-31' },
                }}
                submitLabel={t('allocationTree.exception')}
                onSubmit={async (body) => {
                  await call(requestExitException, { body });
                  close();
                  await done(t('allocationTree.exceptionAsked'));
                }}
              />
              <Divider />
            </>
          ) : null}
          <ExceptionList />
        </>
      )}
    </FormDrawer>
  );
}

function ExceptionList() {
  const { t } = useTranslation();
  const can = useCan();
  return (
    <ListPage
      name="exitExceptions"
      label={t('allocationTree.exceptions')}
      source={listSource(listExitExceptions)}
      rowKey={(row) => row.id}
      columns={[
        { key: 'unitName', title: t('allocationTree.school'), card: 'title', render: (row) => row.unitName },
        { key: 'network', title: t('allocationTree.network'), render: (row) => row.network },
        { key: 'reason', title: t('allocationTree.reason'), render: (row) => row.reason },
        { key: 'expiresOn', title: t('allocationTree.expiresOn'), render: (row) => row.expiresOn },
        {
          key: 'state',
          coded: 'exitExceptionState',
          title: t('allocationTree.state'),
          render: (row) => <EnumTag name="exitExceptionState" value={row.state} />,
        },
        {
          key: 'acts',
          field: 'id',
          title: t('allocationTree.acts'),
          render: (row) =>
            row.state === 'asked' && !row.mine && can('addresses.allocate') ? <Decide id={row.id} /> : '—',
        },
      ]}
      empty={
        <EmptyState title={t('allocationTree.noExceptions')} hint={t('allocationTree.noExceptionsHint')} />
      }
    />
  );
}

function Decide({ id }: { id: string }) {
  const { t } = useTranslation();
  const done = useDone();
  const decide = async (approve: boolean) => {
    await call(decideExitException, { params: { id }, body: { approve } });
    await done(t('allocationTree.decided'));
  };
  return (
    <Flex gap="small">
      <Button size="small" onClick={() => decide(true)}>
        {t('allocationTree.approve')}
      </Button>
      <Button size="small" danger onClick={() => decide(false)}>
        {t('allocationTree.refuse')}
      </Button>
    </Flex>
  );
}
