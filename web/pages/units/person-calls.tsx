import { PhoneOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import { callResult, listCallBacks, recordCallBack } from '#units/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { colon } from '../../app/punctuation.ts';
import { useCan } from '../../app/session.ts';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { Timeline } from '../../ui/timeline.tsx';
import type { PersonReply } from './person-page.tsx';
import { useRefreshPeople } from './person-posts.tsx';

/** Call-backs to a person's phone, the newest first. */
export function PersonCalls({ person }: { person: PersonReply }) {
  const { t } = useTranslation();
  const can = useCan();
  const query = useQuery({
    queryKey: ['people', person.id, 'calls'],
    queryFn: ({ signal }) =>
      call(listCallBacks, { params: { id: person.id }, query: { pageSize: 10 } }, { signal }),
  });
  const canCall = can('people.write') && person.phoneMasked !== null && !person.mergedInto;
  return (
    <Panel title={t('posts.calls')} extra={canCall ? <CallButton personId={person.id} /> : null}>
      <QueryView query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="jd-faint">{t('posts.callsNone')}</p>
          ) : (
            <Timeline
              items={items.map((one) => ({
                key: one.id,
                at: one.calledAt,
                tone: one.result === 'reached' ? ('ok' as const) : ('warn' as const),
                title: <EnumTag name="callResult" value={one.result} />,
                body: [
                  one.phoneMasked,
                  one.sameNumber ? null : t('posts.callOldNumber'),
                  one.answeredBy ? `${t('posts.callAnsweredBy')}${colon()}${one.answeredBy}` : null,
                  one.note,
                  one.by,
                ]
                  .filter(Boolean)
                  .join(' · '),
              }))}
            />
          )
        }
      </QueryView>
    </Panel>
  );
}

/** Notes a call to the number on file. */
export function CallButton({ personId }: { personId: string }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const refresh = useRefreshPeople();
  const { message } = App.useApp();
  return (
    <FormDrawer label={t('posts.callRecord')} icon={<PhoneOutlined aria-hidden="true" />} size="small">
      {(close) => (
        <SchemaForm
          schema={recordCallBack.body!}
          fields={{
            result: {
              label: t('posts.callResult'),
              options: optionsOf(words, 'callResult', callResult.options),
            },
            answeredBy: { label: t('posts.callAnsweredBy') },
            note: { label: t('posts.callNote'), widget: 'textarea' },
          }}
          submitLabel={t('posts.callRecord')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(recordCallBack, { params: { id: personId }, body });
            await refresh();
            void message.success(t('posts.callRecorded'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}
