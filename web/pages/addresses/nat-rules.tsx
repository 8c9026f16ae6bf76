import { Flex } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import {
  createNatRule,
  endNatRule,
  importNatRules,
  listNatRules,
  natAlgorithm,
  natRuleSheet,
  readNatPort,
} from '#addresses/contract';
import { call } from '../../app/api.ts';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { ImportButton } from '../../app/import-button.tsx';
import { listSource } from '../../app/list-source.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { useDone } from './use-done.ts';

/** Gateways that give inside addresses fixed blocks of ports. */
export function NatRules() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const can = useCan();
  const validity = (from: string | null, to: string | null) =>
    from === null && to === null
      ? t('allocationTree.always')
      : `${from ? dateMinute(from) : ''} – ${to ? dateMinute(to) : ''}`;
  return (
    <ListPage
      name="natRules"
      label={t('allocationTree.nat')}
      search={t('list.search')}
      source={listSource(listNatRules)}
      rowKey={(row) => row.id}
      tools={
        <Flex wrap gap="small">
          <LookUp />
          {can('addresses.allocate') ? (
            <>
              <ImportButton target={importNatRules} spec={natRuleSheet} touches={['natRules']} />
              <Declare />
            </>
          ) : null}
        </Flex>
      }
      columns={[
        {
          key: 'outside',
          title: t('allocationTree.outside'),
          card: 'title',
          render: (row) => <span className="jd-mono">{row.outside}</span>,
        },
        {
          key: 'inside',
          title: t('allocationTree.inside'),
          render: (row) => <span className="jd-mono">{row.inside}</span>,
        },
        {
          key: 'ports',
          field: 'portFrom',
          title: t('allocationTree.ports'),
          render: (row) => (
            <span className="jd-num">
              {row.portFrom}–{row.portTo} / {row.blockSize}
            </span>
          ),
        },
        {
          key: 'algorithm',
          coded: 'natAlgorithm',
          title: t('allocationTree.algorithm'),
          render: (row) => words('natAlgorithm', row.algorithm),
        },
        { key: 'unitName', title: t('allocationTree.unit'), render: (row) => row.unitName },
        {
          key: 'validity',
          field: 'validTo',
          title: t('allocationTree.validity'),
          render: (row) => validity(row.validFrom, row.validTo),
        },
        {
          key: 'note',
          title: t('allocationTree.note'),
          render: (row) =>
            row.withoutPorts > 0 ? t('allocationTree.withoutPorts', { count: row.withoutPorts }) : row.note,
        },
        {
          key: 'acts',
          field: 'id',
          title: t('allocationTree.acts'),
          render: (row) => (row.validTo === null && can('addresses.allocate') ? <End id={row.id} /> : '—'),
        },
      ]}
      empty={<EmptyState title={t('allocationTree.noNat')} hint={t('allocationTree.noNatHint')} />}
    />
  );
}

function Declare() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const done = useDone();
  return (
    <FormDrawer label={t('allocationTree.declare')} type="primary">
      {(close) => (
        <SchemaForm
          schema={createNatRule.body!}
          fields={{
            unitId: { label: t('allocationTree.unit'), widget: 'unit' },
            inside: { label: t('allocationTree.inside'), example: '10.9.0.0/24' },
            outside: { label: t('allocationTree.outside'), example: '198.51.100.0/28' },
            portFrom: { label: t('allocationTree.portFrom') },
            portTo: { label: t('allocationTree.portTo') },
            blockSize: { label: t('allocationTree.blockSize') },
            algorithm: {
              label: t('allocationTree.algorithm'),
              options: optionsOf(words, 'natAlgorithm', natAlgorithm.options),
            },
            realm: { label: t('allocationTree.realm') },
            from: { label: t('allocationTree.since') },
            note: { label: t('allocationTree.note') },
          }}
          initial={{ portFrom: 1024, portTo: 65535, algorithm: 'sequential', realm: 'main' }}
          submitLabel={t('allocationTree.declare')}
          onSubmit={async (body) => {
            const { withoutPorts } = await call(createNatRule, { body });
            close();
            await done(
              withoutPorts > 0
                ? t('allocationTree.withoutPorts', { count: withoutPorts })
                : t('allocationTree.declared'),
            );
          }}
        />
      )}
    </FormDrawer>
  );
}

function End({ id }: { id: string }) {
  const { t } = useTranslation();
  const done = useDone();
  return (
    <FormDrawer label={t('allocationTree.end')} size="small" danger>
      {(close) => (
        <SchemaForm
          schema={endNatRule.body!}
          fields={{ reason: { label: t('allocationTree.reason'), widget: 'textarea' } }}
          danger
          submitLabel={t('allocationTree.end')}
          onSubmit={async (body) => {
            await call(endNatRule, { params: { id }, body });
            close();
            await done(t('allocationTree.ended'));
          }}
        />
      )}
    </FormDrawer>
  );
}

const portSchema = z.object({ ip: z.string().min(7).max(45), port: z.int().min(0).max(65535) });

function LookUp() {
  const { t } = useTranslation();
  const [found, setFound] = useState<readonly { inside: string; realm: string }[]>();
  return (
    <FormDrawer label={t('allocationTree.lookup')}>
      {() => (
        <>
          <SchemaForm
            schema={portSchema}
            fields={{ ip: { label: t('allocationTree.ip') }, port: { label: t('allocationTree.portOne') } }}
            submitLabel={t('allocationTree.lookup')}
            onSubmit={async (query) => setFound((await call(readNatPort, { query })).items)}
          />
          <p aria-live="polite">
            {found === undefined
              ? null
              : found.length === 0
                ? t('allocationTree.lookupNone')
                : found.map((one) => t('allocationTree.lookupResult', one)).join('；')}
          </p>
        </>
      )}
    </FormDrawer>
  );
}
