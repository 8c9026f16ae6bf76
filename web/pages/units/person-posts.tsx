import { PlusOutlined } from '@ant-design/icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Drawer, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  type Appointment,
  appointPerson,
  correctAppointment,
  endAppointment,
  listAppointmentVersions,
  listPersonAppointments,
  listPostExceptions,
  post,
  withdrawAppointment,
} from '#units/contract';
import { call } from '../../app/api.ts';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { colon } from '../../app/punctuation.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import { Timeline } from '../../ui/timeline.tsx';
import type { PersonReply } from './person-page.tsx';

/** The posts of a person in time, each with what may be done to it. */
export function PersonPosts({ person }: { person: PersonReply }) {
  const { t } = useTranslation();
  const can = useCan();
  const query = useQuery({
    queryKey: ['people', person.id, 'appointments'],
    queryFn: ({ signal }) => call(listPersonAppointments, { params: { id: person.id } }, { signal }),
  });
  const isOpen = can('people.write') && !person.mergedInto;
  return (
    <Panel title={t('posts.timeline')} extra={isOpen ? <AppointButton person={person} /> : null}>
      <QueryView query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title={t('posts.timelineEmpty')} hint={t('posts.timelineEmptyHint')} />
          ) : (
            <Timeline
              items={items.map((one) => ({
                key: one.id,
                tone: one.current ? ('ok' as const) : ('neutral' as const),
                title: <PostTitle one={one} />,
                body: <PostBody one={one} canWrite={isOpen} />,
              }))}
            />
          )
        }
      </QueryView>
    </Panel>
  );
}

export function spanText(
  t: (key: never, values?: object) => string,
  one: Pick<Appointment, 'startsOn' | 'endsOn'>,
) {
  const say = t as unknown as (key: string, values?: object) => string;
  const to = one.endsOn === null ? say('posts.open') : say('posts.until', { day: one.endsOn });
  return say('posts.span', { from: one.startsOn, to });
}

function PostTitle({ one }: { one: Appointment }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const hasEnded = !one.current && one.endsOn !== null;
  return (
    <Space wrap size={8}>
      <strong>{words('post', one.post)}</strong>
      <span>{one.unitName}</span>
      <StatusTag tone={one.current ? 'ok' : 'neutral'}>
        {one.current ? t('posts.current') : hasEnded ? t('posts.former') : t('posts.planned')}
      </StatusTag>
      {one.exceptionId ? <StatusTag tone="warn">{t('posts.exception')}</StatusTag> : null}
    </Space>
  );
}

function PostBody({ one, canWrite }: { one: Appointment; canWrite: boolean }) {
  const { t } = useTranslation();
  const time = one.fullTime === null ? null : one.fullTime ? t('posts.fullTime') : t('posts.partTime');
  return (
    <>
      <div className="jd-num">
        {[spanText(t as never, one), time, one.documentNo].filter(Boolean).join(' · ')}
      </div>
      <Space wrap size={4} style={{ marginTop: 4 }}>
        {canWrite && one.endsOn === null ? <EndButton one={one} /> : null}
        {canWrite ? <CorrectButton one={one} /> : null}
        {canWrite ? <WithdrawButton one={one} /> : null}
        <VersionsButton one={one} />
      </Space>
    </>
  );
}

/** After a change, everything about people, sites in their hands and the five flags is asked again. */
export function useRefreshPeople() {
  const client = useQueryClient();
  return () =>
    Promise.all(
      ['people', 'sites', 'devices', 'five', 'units', 'certificates'].map((key) =>
        client.invalidateQueries({ queryKey: [key] }),
      ),
    );
}

function AppointButton({ person }: { person: PersonReply }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const refresh = useRefreshPeople();
  const { message } = App.useApp();
  const exceptions = useQuery({
    queryKey: ['people', person.id, 'exceptions'],
    queryFn: ({ signal }) => call(listPostExceptions, { query: { personId: person.id } }, { signal }),
  });
  const usable = (exceptions.data?.items ?? []).filter(({ state }) => state === 'approved');
  return (
    <FormDrawer
      label={t('posts.appoint')}
      title={t('posts.appointTitle')}
      icon={<PlusOutlined aria-hidden="true" />}
      size="small"
    >
      {(close) => (
        <SchemaForm
          schema={appointPerson.body!}
          fixed={{ personId: person.id }}
          initial={{ unitId: person.unitId }}
          fields={{
            post: { label: t('people.post'), options: optionsOf(words, 'post', post.options) },
            unitId: { label: t('posts.unit'), widget: 'unit' },
            startsOn: { label: t('posts.startsOn'), help: t('posts.startsOnHelp') },
            documentNo: { label: t('posts.documentNo') },
            fullTime: { label: t('posts.timeQuestion') },
            ...(usable.length > 0 && {
              exceptionId: {
                label: t('posts.exceptionPick'),
                options: usable.map(({ id, unitName, expiresOn }) => ({
                  value: id,
                  label: `${unitName} · ${t('posts.until', { day: expiresOn })}`,
                })),
              },
            }),
          }}
          submitLabel={t('posts.appoint')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(appointPerson, { body });
            await refresh();
            void message.success(t('posts.appointed'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}

function EndButton({ one }: { one: Appointment }) {
  const { t } = useTranslation();
  const refresh = useRefreshPeople();
  const { message } = App.useApp();
  return (
    <FormDrawer label={t('posts.end')} title={t('posts.endTitle')} size="small">
      {(close) => (
        <SchemaForm
          schema={endAppointment.body!}
          fields={{
            endsOn: { label: t('posts.endsOn'), help: t('posts.endsOnHelp') },
            reason: { label: t('posts.reason') },
          }}
          submitLabel={t('posts.end')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(endAppointment, { params: { id: one.id }, body });
            await refresh();
            void message.success(t('posts.ended'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}

function CorrectButton({ one }: { one: Appointment }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const refresh = useRefreshPeople();
  const { message } = App.useApp();
  return (
    <FormDrawer label={t('posts.correct')} size="small" type="link">
      {(close) => (
        <SchemaForm
          schema={correctAppointment.body!}
          initial={{
            post: one.post,
            startsOn: one.startsOn,
            endsOn: one.endsOn,
            documentNo: one.documentNo,
            fullTime: one.fullTime,
          }}
          fields={{
            post: { label: t('people.post'), options: optionsOf(words, 'post', post.options) },
            startsOn: { label: t('posts.startsOn') },
            endsOn: { label: t('posts.endsOn') },
            documentNo: { label: t('posts.documentNo') },
            reason: { label: t('posts.reason') },
          }}
          extra={t('posts.correctHelp')}
          submitLabel={t('posts.correct')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(correctAppointment, { params: { id: one.id }, body });
            await refresh();
            void message.success(t('posts.corrected'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}

function WithdrawButton({ one }: { one: Appointment }) {
  const { t } = useTranslation();
  const refresh = useRefreshPeople();
  const { message } = App.useApp();
  return (
    <FormDrawer label={t('posts.withdraw')} size="small" type="link">
      {(close) => (
        <SchemaForm
          schema={withdrawAppointment.body!}
          fields={{ reason: { label: t('posts.reason') } }}
          extra={t('posts.withdrawHelp')}
          submitLabel={t('posts.withdraw')}
          danger
          onCancel={close}
          onSubmit={async (body) => {
            await call(withdrawAppointment, { params: { id: one.id }, body });
            await refresh();
            void message.success(t('posts.withdrawn'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}

function VersionsButton({ one }: { one: Appointment }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button type="link" size="small" onClick={() => setOpen(true)}>
        {t('posts.versions')}
      </Button>
      <Drawer open={isOpen} onClose={() => setOpen(false)} title={t('posts.versions')} destroyOnHidden>
        {isOpen ? <Versions id={one.id} /> : null}
      </Drawer>
    </>
  );
}

function Versions({ id }: { id: string }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const query = useQuery({
    queryKey: ['people', 'versions', id],
    queryFn: ({ signal }) => call(listAppointmentVersions, { params: { id } }, { signal }),
  });
  return (
    <QueryView query={query}>
      {({ items }) => (
        <Timeline
          items={[...items].reverse().map((one) => ({
            key: one.recordedFrom + one.change,
            tone: one.recordedTo === null ? ('ok' as const) : ('neutral' as const),
            title: `${words('appointmentChange', one.change)} · ${words('post', one.post)}`,
            body: (
              <>
                <div className="jd-num">{spanText(t as never, one)}</div>
                <div>{t('posts.versionBy', { who: one.by, at: dateMinute(one.recordedFrom) })}</div>
                {one.reason ? <div>{`${t('posts.reason')}${colon()}${one.reason}`}</div> : null}
                <div className="jd-faint">
                  {one.withdrawnReason
                    ? t('posts.versionWithdrawn', { reason: one.withdrawnReason })
                    : one.recordedTo === null
                      ? t('posts.versionNow')
                      : t('posts.versionUntil', { at: dateMinute(one.recordedTo) })}
                </div>
              </>
            ),
          }))}
        />
      )}
    </QueryView>
  );
}
