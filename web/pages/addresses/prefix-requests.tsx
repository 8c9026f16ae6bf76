import { useQuery } from '@tanstack/react-query';
import { Flex } from 'antd';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import {
  allocationRole,
  decidePrefixRequest,
  listPrefixRequests,
  type prefixRequest,
  proposePrefix,
  requestPrefix,
  requestState,
  withdrawPrefixRequest,
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
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { useDone } from './use-done.ts';

type Request = z.infer<typeof prefixRequest>;

/** Who asked for which prefix, and what came of it. */
export function PrefixRequests() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const can = useCan();
  return (
    <ListPage
      name="prefixRequests"
      label={t('allocationTree.requests')}
      search={t('list.search')}
      source={listSource(listPrefixRequests, ['state'])}
      rowKey={(row) => row.id}
      filters={[
        {
          key: 'state',
          label: t('allocationTree.state'),
          options: optionsOf(words, 'prefixRequestState', requestState.options),
        },
      ]}
      {...(can('addresses.write') && { tools: <Ask /> })}
      columns={[
        { key: 'unitName', title: t('allocationTree.unit'), card: 'title', render: (row) => row.unitName },
        {
          key: 'wanted',
          field: 'length',
          title: t('allocationTree.wanted'),
          render: (row) => `IPv${row.family} /${row.length}`,
        },
        { key: 'purpose', title: t('allocationTree.purpose'), render: (row) => row.purpose },
        {
          key: 'state',
          coded: 'prefixRequestState',
          title: t('allocationTree.state'),
          render: (row) => <EnumTag name="prefixRequestState" value={row.state} />,
        },
        {
          key: 'cidr',
          title: t('allocationTree.given'),
          render: (row) => <span className="jd-mono">{row.cidr}</span>,
        },
        { key: 'askedByName', title: t('allocationTree.askedBy'), render: (row) => row.askedByName },
        {
          key: 'askedAt',
          title: t('allocationTree.askedAt'),
          render: (row) => <span className="jd-num">{dateMinute(row.askedAt)}</span>,
        },
        {
          key: 'acts',
          field: 'id',
          title: t('allocationTree.acts'),
          render: (row) => <Acts request={row} />,
        },
      ]}
      empty={<EmptyState title={t('allocationTree.noRequests')} hint={t('allocationTree.noRequestsHint')} />}
    />
  );
}

function Ask() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const done = useDone();
  return (
    <FormDrawer label={t('allocationTree.ask')} type="primary">
      {(close) => (
        <SchemaForm
          schema={requestPrefix.body!}
          fields={{
            unitId: { label: t('allocationTree.unit'), widget: 'unit' },
            length: { label: t('allocationTree.length'), help: '24 = 254' },
            purpose: { label: t('allocationTree.purpose'), widget: 'textarea' },
            role: {
              label: t('allocationTree.role'),
              options: optionsOf(words, 'allocationRole', allocationRole.options),
            },
            realm: { label: t('allocationTree.realm') },
          }}
          initial={{ length: 24, role: 'inside', realm: 'main' }}
          submitLabel={t('allocationTree.ask')}
          onSubmit={async (body) => {
            await call(requestPrefix, { body });
            close();
            await done(t('allocationTree.asked'));
          }}
        />
      )}
    </FormDrawer>
  );
}

function Acts({ request }: { request: Request }) {
  const { t } = useTranslation();
  const can = useCan();
  const done = useDone();
  if (request.state !== 'asked') return request.note ?? '—';
  if (request.mine) {
    return (
      <FormDrawer label={t('allocationTree.withdraw')} size="small">
        {(close) => (
          <SchemaForm
            schema={withdrawPrefixRequest.body!}
            fields={{ reason: { label: t('allocationTree.reason') } }}
            submitLabel={t('allocationTree.withdraw')}
            onSubmit={async (body) => {
              await call(withdrawPrefixRequest, { params: { id: request.id }, body });
              close();
              await done(t('allocationTree.decided'));
            }}
          />
        )}
      </FormDrawer>
    );
  }
  if (!can('addresses.allocate')) return '—';
  return (
    <FormDrawer label={t('allocationTree.decide')} size="small">
      {(close) => <Decide request={request} close={close} />}
    </FormDrawer>
  );
}

function Decide({ request, close }: { request: Request; close: () => void }) {
  const { t } = useTranslation();
  const done = useDone();
  const query = useQuery({
    queryKey: ['prefixRequests', 'proposal', request.id],
    queryFn: ({ signal }) => call(proposePrefix, { params: { id: request.id } }, { signal }),
  });
  const send =
    (approve: boolean) => async (body: { cidr?: string | undefined; note?: string | undefined }) => {
      await call(decidePrefixRequest, { params: { id: request.id }, body: { ...body, approve } });
      close();
      await done(t('allocationTree.decided'));
    };
  const schema = decidePrefixRequest.body!.omit({ approve: true });
  return (
    <QueryView query={query} rows={4}>
      {({ proposals }) => (
        <Flex vertical gap="middle">
          <p>
            {request.unitName} IPv{request.family} /{request.length}
            <br />
            {request.purpose}
          </p>
          <SchemaForm
            schema={schema}
            fields={{
              cidr: {
                label: t('allocationTree.given'),
                help:
                  proposals.length > 0
                    ? `${t('allocationTree.proposal')}: ${proposals.map((one) => `${one.cidr} (${one.parent})`).join(' · ')}`
                    : t('allocationTree.noProposal'),
              },
              note: { label: t('allocationTree.note') },
            }}
            initial={{ cidr: proposals[0]?.cidr ?? '' }}
            submitLabel={t('allocationTree.approve')}
            onSubmit={send(true)}
          />
          <SchemaForm
            schema={schema}
            fields={{ note: { label: t('allocationTree.reason') } }}
            danger
            submitLabel={t('allocationTree.refuse')}
            onSubmit={send(false)}
          />
        </Flex>
      )}
    </QueryView>
  );
}
