import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Flex } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import {
  allocationRole,
  changePrefix,
  createPrefix,
  listPrefixes,
  listRealms,
  mergePrefixes,
  nextFree,
  type Prefix,
  prefixState,
  reclaimPrefix,
  splitPrefix,
} from '#addresses/contract';
import { call } from '../../app/api.ts';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useCan } from '../../app/session.ts';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { useDone } from './use-done.ts';

/** Allocates a prefix; within another one that prefix is there already. */
export function AddPrefix({ cidr, within }: { cidr?: string; within?: Prefix }) {
  const { t } = useTranslation();
  const can = useCan();
  if (!can('addresses.write')) return null;
  return (
    <FormDrawer label={cidr ? t('allocationTree.allocateIt') : t('allocationTree.add')} type="primary">
      {(close) => <AddForm cidr={cidr} within={within} onDone={close} />}
    </FormDrawer>
  );
}

/** The realm must be chosen: one taken for granted would put the prefix beside the tree that is looked at. */
const addSchema = createPrefix.body!.extend({ realm: z.string().trim().min(1).max(60) });

function AddForm({
  cidr,
  within,
  onDone,
}: {
  cidr: string | undefined;
  within: Prefix | undefined;
  onDone: () => void;
}) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const done = useDone();
  // A city has a realm for each school that numbers itself: they are searched.
  const [q, setQ] = useState('');
  const realms = useQuery({
    queryKey: ['allocations', 'realms', q],
    queryFn: ({ signal }) => call(listRealms, { query: { pageSize: 100, ...(q && { q }) } }, { signal }),
    placeholderData: keepPreviousData,
  });
  return (
    <QueryView query={realms} rows={6}>
      {({ items }) => (
        <SchemaForm
          schema={addSchema}
          fields={{
            cidr: { label: t('allocationTree.cidr'), example: '10.1.4.0/22' },
            unitId: { label: t('allocationTree.unit'), widget: 'unit' },
            role: {
              label: t('allocationTree.role'),
              options: optionsOf(words, 'allocationRole', allocationRole.options),
            },
            state: {
              label: t('allocationTree.state'),
              options: optionsOf(words, 'prefixState', prefixState.options),
            },
            realm: {
              label: t('allocationTree.realm'),
              options: items.map(({ key, name }) => ({
                value: key,
                label: name === key ? key : `${key} ${name}`,
              })),
              onSearch: setQ,
            },
            note: { label: t('allocationTree.note'), widget: 'textarea' },
          }}
          initial={{ ...(cidr && { cidr }), ...realmOf(items, within), role: within?.role ?? 'inside' }}
          submitLabel={t('allocationTree.add')}
          onSubmit={async (body) => {
            const made = await call(createPrefix, { body });
            onDone();
            await done(t('allocationTree.added', { cidr: made.cidr }));
          }}
        />
      )}
    </QueryView>
  );
}

/** That of the prefix around it, else the only one that is in use. */
function realmOf(realms: readonly { key: string; prefixes: number }[], within: Prefix | undefined) {
  if (within) return { realm: within.realm };
  const used = realms.filter(({ prefixes }) => prefixes > 0);
  const [only, ...others] = used.length > 0 ? used : realms;
  return only && others.length === 0 ? { realm: only.key } : {};
}

/** What may be done to a prefix. */
export function PrefixActs({ prefix, onGone }: { prefix: Prefix; onGone: () => void }) {
  const can = useCan();
  return (
    <Flex wrap gap="small">
      <NextFree prefix={prefix} />
      {can('addresses.write') ? (
        <>
          <Edit prefix={prefix} />
          <Split prefix={prefix} onGone={onGone} />
          <Merge prefix={prefix} onGone={onGone} />
        </>
      ) : null}
      {can('addresses.allocate') ? <Reclaim prefix={prefix} onGone={onGone} /> : null}
    </Flex>
  );
}

const lengthSchema = z.object({ length: z.int().min(1).max(128) });
const nextLength = (prefix: Prefix) => Number(prefix.cidr.split('/')[1]) + 1;
/** What lies within is longer than the prefix, and no longer than an address. */
const lengthWithin = (prefix: Prefix) =>
  z.object({
    length: z
      .int()
      .min(nextLength(prefix))
      .max(prefix.cidr.includes(':') ? 128 : 32),
  });

function NextFree({ prefix }: { prefix: Prefix }) {
  const { t } = useTranslation();
  const [found, setFound] = useState<z.output<NonNullable<typeof nextFree.reply>>>();
  const schema = useMemo(() => lengthWithin(prefix), [prefix]);
  return (
    <FormDrawer label={t('allocationTree.nextFree')} size="small">
      {() => (
        <>
          <SchemaForm
            schema={schema}
            fields={{ length: { label: t('allocationTree.length') } }}
            initial={{ length: nextLength(prefix) }}
            submitLabel={t('allocationTree.nextFree')}
            // What was found stands for the length that was asked.
            onChange={() => setFound(undefined)}
            onSubmit={async (query) => setFound(await call(nextFree, { params: { id: prefix.id }, query }))}
          />
          {found ? (
            <dl aria-live="polite">
              <dt>{t('allocationTree.freePrefix')}</dt>
              <dd className="jd-mono">{found.prefix ?? t('allocationTree.none')}</dd>
              <dt>{t('allocationTree.freeHost')}</dt>
              <dd className="jd-mono">{found.host ?? t('allocationTree.none')}</dd>
            </dl>
          ) : null}
          {found?.prefix ? <AddPrefix cidr={found.prefix} within={prefix} /> : null}
        </>
      )}
    </FormDrawer>
  );
}

function Edit({ prefix }: { prefix: Prefix }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const done = useDone();
  return (
    <FormDrawer label={t('allocationTree.edit')} size="small">
      {(close) => (
        <SchemaForm
          schema={changePrefix.body!}
          fields={{
            unitId: { label: t('allocationTree.unit'), widget: 'unit', help: prefix.unitName },
            state: {
              label: t('allocationTree.state'),
              options: optionsOf(words, 'prefixState', prefixState.options),
            },
            note: { label: t('allocationTree.note'), widget: 'textarea' },
          }}
          initial={{ state: prefix.state, note: prefix.note ?? '' }}
          submitLabel={t('allocationTree.edit')}
          onSubmit={async (body) => {
            await call(changePrefix, { params: { id: prefix.id }, body });
            close();
            await done(t('allocationTree.saved'));
          }}
        />
      )}
    </FormDrawer>
  );
}

function Split({ prefix, onGone }: { prefix: Prefix; onGone: () => void }) {
  const { t } = useTranslation();
  const done = useDone();
  return (
    <FormDrawer label={t('allocationTree.split')} size="small">
      {(close) => (
        <SchemaForm
          schema={lengthSchema}
          fields={{ length: { label: t('allocationTree.splitTo') } }}
          initial={{ length: nextLength(prefix) }}
          extra={t('allocationTree.splitHint')}
          submitLabel={t('allocationTree.split')}
          onSubmit={async (body) => {
            const { parts } = await call(splitPrefix, { params: { id: prefix.id }, body });
            close();
            onGone();
            await done(t('allocationTree.splitDone', { count: parts.length }));
          }}
        />
      )}
    </FormDrawer>
  );
}

const mergeSchema = z.object({ others: z.array(z.uuid()).min(1) });

function Merge({ prefix, onGone }: { prefix: Prefix; onGone: () => void }) {
  const { t } = useTranslation();
  const done = useDone();
  const [options, setOptions] = useState<{ value: string; label: string }[]>([]);
  const search = async (q: string) => {
    const { items } = await call(listPrefixes, {
      query: { q, unitId: prefix.unitId, realm: prefix.realm, role: prefix.role, pageSize: 100 },
    });
    const others = items.filter((one) => one.id !== prefix.id && one.parentId === prefix.parentId);
    setOptions(others.map((one) => ({ value: one.id, label: one.cidr })));
  };
  return (
    <FormDrawer label={t('allocationTree.merge')} size="small">
      {(close) => (
        <SchemaForm
          schema={mergeSchema}
          fields={{
            others: {
              label: t('allocationTree.mergeWith'),
              options,
              onSearch: (text) => void search(text),
            },
          }}
          submitLabel={t('allocationTree.merge')}
          onSubmit={async ({ others }) => {
            const made = await call(mergePrefixes, { body: { ids: [prefix.id, ...others] } });
            close();
            onGone();
            await done(t('allocationTree.mergeDone', { cidr: made.cidr }));
          }}
        />
      )}
    </FormDrawer>
  );
}

function Reclaim({ prefix, onGone }: { prefix: Prefix; onGone: () => void }) {
  const { t } = useTranslation();
  const done = useDone();
  return (
    <FormDrawer label={t('allocationTree.reclaim')} size="small" danger>
      {(close) => (
        <SchemaForm
          schema={reclaimPrefix.body!}
          fields={{ reason: { label: t('allocationTree.reason'), widget: 'textarea' } }}
          danger
          submitLabel={t('allocationTree.reclaim')}
          onSubmit={async (body) => {
            await call(reclaimPrefix, { params: { id: prefix.id }, body });
            close();
            onGone();
            await done(t('allocationTree.reclaimed'));
          }}
        />
      )}
    </FormDrawer>
  );
}
