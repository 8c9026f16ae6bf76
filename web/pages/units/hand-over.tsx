import { SwapOutlined } from '@ant-design/icons';
import { Alert, App } from 'antd';
import { useTranslation } from 'react-i18next';
import { handOver } from '#units/contract';
import { call } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { listComma } from '../../app/punctuation.ts';
import { SchemaForm } from '../../ui/schema-form.tsx';
import type { PersonReply } from './person-page.tsx';
import { useRefreshPeople } from './person-posts.tsx';

/** “I am leaving; X takes over”: posts, sites and devices in one form. */
export function HandOverButton({ person }: { person: PersonReply }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const refresh = useRefreshPeople();
  const { message } = App.useApp();
  if (person.posts.every((one) => one === 'teacher')) return null;
  return (
    <FormDrawer
      label={t('posts.handOver')}
      title={t('posts.handOverTitle')}
      icon={<SwapOutlined aria-hidden="true" />}
      type="primary"
    >
      {(close) => (
        <>
          <Alert type="info" style={{ marginBottom: 16 }} title={t('posts.handOverHelp')} />
          <SchemaForm
            schema={handOver.body!}
            initial={{ withThings: true, unitId: person.unitId }}
            fields={{
              toPersonId: {
                label: t('posts.successorPerson'),
                widget: 'person',
                help: t('posts.handOverNoSuccessor'),
              },
              on: { label: t('posts.handOverOn'), help: t('posts.handOverOnHelp') },
              unitId: { label: t('posts.unit'), widget: 'unit' },
              documentNo: { label: t('posts.documentNo') },
              withThings: { label: t('posts.handOverThings') },
            }}
            submitLabel={t('posts.handOver')}
            onCancel={close}
            onSubmit={async (body) => {
              const done = await call(handOver, { params: { id: person.id }, body });
              await refresh();
              void message.success(
                done.thingsOn
                  ? t('posts.handOverLater', { posts: done.posts, day: done.thingsOn })
                  : t('posts.handOverDone', { posts: done.posts, things: done.things }),
              );
              if (done.heldAlready.length > 0) {
                const held = done.heldAlready.map((one) => words('post', one)).join(listComma());
                void message.info(t('posts.heldAlready', { posts: held }));
              }
              close();
            }}
          />
        </>
      )}
    </FormDrawer>
  );
}
