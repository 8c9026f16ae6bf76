import { EditOutlined } from '@ant-design/icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { App, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import {
  getTree,
  getUnit,
  getUnitContents,
  ownership,
  schoolType,
  type unitDetail,
  updateUnit,
} from '#units/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { listComma } from '../../app/punctuation.ts';
import { useCan } from '../../app/session.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import { FiveInPlace } from './five-in-place.tsx';
import { useTableWords } from './table-words.ts';
import { UnitActs } from './unit-acts.tsx';
import { UnitHistory } from './unit-history.tsx';
import { UsccApprovals } from './uscc-approvals.tsx';

type Detail = z.output<typeof unitDetail>;

/** One unit: what it is, what it was, what belongs to it, and what can be done to it. */
export function UnitPage() {
  const { t } = useTranslation();
  const can = useCan();
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery({
    queryKey: ['units', 'one', id],
    queryFn: ({ signal }) => call(getUnit, { params: { id } }, { signal }),
  });
  // The bureau's calendar day is the server's to tell.
  const tree = useQuery({
    queryKey: ['units', 'tree', '', false],
    queryFn: ({ signal }) => call(getTree, { query: {} }, { signal }),
  });
  return (
    <QueryView query={query} rows={10}>
      {(unit) => (
        <>
          <PageHeader
            title={unit.name}
            tag={<EnumTag name="unitState" value={unit.state} />}
            description={unit.parentName ?? ''}
            back={{ to: '/units', label: t('units.title') }}
            actions={
              <Space wrap>
                {can('people.read') ? (
                  <Link to="/units/$id/people" params={{ id: unit.id }}>
                    {t('posts.unitPeople')}
                  </Link>
                ) : null}
                {can('units.write') ? <EditFacts unit={unit} /> : null}
                {can('units.reorganise') && tree.data ? <UnitActs unit={unit} today={tree.data.on} /> : null}
              </Space>
            }
          />
          <div className="jd-columns">
            <div>
              {can('people.read') ? <FiveInPlace unitId={unit.id} /> : null}
              <UnitHistory unitId={unit.id} />
              <Contents unitId={unit.id} />
            </div>
            <div>
              <UnitFacts unit={unit} />
              <UsccApprovals unit={unit} />
            </div>
          </div>
        </>
      )}
    </QueryView>
  );
}

function UnitFacts({ unit }: { unit: Detail }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const mono = (text: string | null) => (text === null ? null : <span className="jd-mono">{text}</span>);
  const coded = (name: 'schoolType' | 'ownership', value: string | null) =>
    value === null ? null : words(name, value);
  return (
    <Panel title={t('unitTree.facts')}>
      <Facts
        items={[
          [t('unitTree.names'), unit.name],
          [t('unitTree.shortName'), unit.shortName],
          [t('unitTree.formerNames'), unit.formerNames.join(listComma())],
          [t('units.kind'), words('unitKind', unit.kind)],
          [t('units.code'), mono(unit.code)],
          [t('unitTree.adminCode'), mono(unit.adminCode)],
          [
            t('units.uscc'),
            unit.uscc === null ? null : (
              <span key="uscc">
                {mono(unit.uscc)}{' '}
                {unit.usccApproved ? <StatusTag tone="info">{t('unitTree.approvedCode')}</StatusTag> : null}
              </span>
            ),
          ],
          [t('units.schoolCode'), mono(unit.schoolCode)],
          [t('unitTree.schoolType'), coded('schoolType', unit.schoolType)],
          [t('unitTree.ownership'), coded('ownership', unit.ownership)],
          [t('units.address'), unit.address],
          [t('unitTree.postalCode'), mono(unit.postalCode)],
          [t('units.phone'), unit.phone],
          [t('unitTree.contactName'), unit.contactName],
          [t('unitTree.contactPhone'), unit.contactPhoneMasked],
          [t('unitTree.studentCount'), unit.studentCount],
          [t('unitTree.staffCount'), unit.staffCount],
          [t('unitTree.sinceOn'), unit.sinceOn],
        ]}
      />
    </Panel>
  );
}

function Contents({ unitId }: { unitId: string }) {
  const { t } = useTranslation();
  const can = useCan();
  const tableWords = useTableWords();
  const query = useQuery({
    queryKey: ['units', 'contents', unitId],
    queryFn: ({ signal }) => call(getUnitContents, { params: { id: unitId } }, { signal }),
  });
  const search = { unitId } as never;
  return (
    <Panel title={t('unitTree.contents')}>
      <QueryView query={query} rows={3}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="jd-faint">{t('unitTree.contentsNone')}</p>
          ) : (
            <Facts
              items={tableWords.sum(items).map((one) => [
                one.what,
                <span key={one.key} className="jd-num">
                  {one.rows}
                </span>,
              ])}
            />
          )
        }
      </QueryView>
      <Space wrap style={{ marginTop: 12 }}>
        {can('people.read') ? (
          <Link to="/people" search={search}>
            {t('unitTree.people')}
          </Link>
        ) : null}
        {can('sites.read') ? (
          <Link to="/sites" search={search}>
            {t('unitTree.sites')}
          </Link>
        ) : null}
      </Space>
    </Panel>
  );
}

function EditFacts({ unit }: { unit: Detail }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const client = useQueryClient();
  const { message } = App.useApp();
  const known = Object.fromEntries(Object.entries(unit).filter(([, value]) => value !== null));
  return (
    <FormDrawer label={t('unitTree.edit')} icon={<EditOutlined aria-hidden="true" />}>
      {(close) => (
        <SchemaForm
          schema={updateUnit.body!}
          initial={known as never}
          fixed={{ version: unit.version }}
          fields={{
            shortName: { label: t('unitTree.shortName') },
            adminCode: { label: t('unitTree.adminCode'), help: t('unitTree.adminCodeHelp') },
            uscc: { label: t('units.uscc') },
            schoolCode: { label: t('units.schoolCode') },
            schoolType: {
              label: t('unitTree.schoolType'),
              options: optionsOf(words, 'schoolType', schoolType.options),
            },
            ownership: {
              label: t('unitTree.ownership'),
              options: optionsOf(words, 'ownership', ownership.options),
            },
            address: { label: t('units.address') },
            postalCode: { label: t('unitTree.postalCode') },
            phone: { label: t('units.phone') },
            contactName: { label: t('unitTree.contactName') },
            studentCount: { label: t('unitTree.studentCount') },
            staffCount: { label: t('unitTree.staffCount') },
            sinceOn: { label: t('unitTree.sinceOn'), help: t('unitTree.sinceOnHelp') },
          }}
          submitLabel={t('action.save')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(updateUnit, { params: { id: unit.id }, body });
            await client.invalidateQueries({ queryKey: ['units'] });
            void message.success(t('unitTree.saved'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}
