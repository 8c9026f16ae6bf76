import { PlusOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { App, Button, Popconfirm, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { decidePostException, listPostExceptions, proposePostException } from '#units/contract';
import { call } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { listSource } from '../../app/list-source.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { useRefreshPeople } from './person-posts.tsx';

/** Exceptions by which one person is administrator and security officer: asked for by one, approved by another. */
export function ExceptionsPage() {
  const { t } = useTranslation();
  const can = useCan();
  const actions = can('people.write') ? <AskButton /> : null;
  return (
    <>
      <PageHeader
        title={t('posts.exceptionsTitle')}
        description={t('posts.exceptionsHint')}
        back={{ to: '/people', label: t('posts.back') }}
        actions={actions}
      />
      <ListPage
        name="exceptions"
        label={t('posts.exceptionsTitle')}
        source={listSource(listPostExceptions, ['unitId', 'personId', 'open'])}
        rowKey={(row) => row.id}
        columns={[
          {
            key: 'person',
            field: 'personName',
            title: t('posts.exceptionPerson'),
            card: 'title',
            render: (row) => (
              <Link to="/people/$id" params={{ id: row.personId }}>
                {row.personName}
              </Link>
            ),
          },
          { key: 'unit', field: 'unitName', title: t('people.unit'), render: (row) => row.unitName },
          { key: 'reason', title: t('posts.reason'), render: (row) => row.reason },
          {
            key: 'term',
            field: 'expiresOn',
            title: t('posts.exceptionTerm'),
            render: (row) => t('posts.groupClosed', { from: row.startsOn, to: row.expiresOn }),
          },
          { key: 'proposedBy', title: t('posts.proposedBy'), render: (row) => row.proposedBy },
          { key: 'decidedBy', title: t('posts.decidedBy'), render: (row) => row.decidedBy ?? '—' },
          {
            key: 'state',
            coded: 'exceptionState',
            title: t('posts.fiveState'),
            render: (row) =>
              row.state === 'proposed' && can('posts.except') ? (
                <DecideButtons id={row.id} />
              ) : (
                <EnumTag name="exceptionState" value={row.state} />
              ),
          },
        ]}
        empty={
          <EmptyState title={t('posts.exceptionsEmpty')} hint={t('posts.exceptionsHint')} action={actions} />
        }
      />
    </>
  );
}

function DecideButtons({ id }: { id: string }) {
  const { t } = useTranslation();
  const refresh = useRefreshPeople();
  const language = useLanguage();
  const { message } = App.useApp();
  async function decide(approve: boolean) {
    try {
      await call(decidePostException, { params: { id }, body: { approve } });
      void message.success(t('posts.exceptionDecided'));
    } catch (error) {
      void message.error(wordsForError(error)[language]);
    }
    await refresh();
  }
  return (
    <Space wrap size={4}>
      <EnumTag name="exceptionState" value="proposed" />
      <Popconfirm title={t('posts.exceptionApprove')} onConfirm={() => void decide(true)}>
        <Button size="small" type="primary">
          {t('posts.exceptionApprove')}
        </Button>
      </Popconfirm>
      <Popconfirm title={t('posts.exceptionRefuse')} onConfirm={() => void decide(false)}>
        <Button size="small">{t('posts.exceptionRefuse')}</Button>
      </Popconfirm>
    </Space>
  );
}

function AskButton() {
  const { t } = useTranslation();
  const refresh = useRefreshPeople();
  const { message } = App.useApp();
  return (
    <FormDrawer label={t('posts.exceptionAsk')} icon={<PlusOutlined aria-hidden="true" />} type="primary">
      {(close) => (
        <SchemaForm
          schema={proposePostException.body!}
          fields={{
            personId: { label: t('posts.exceptionPerson'), widget: 'person' },
            unitId: { label: t('people.unit'), widget: 'unit' },
            startsOn: { label: t('posts.startsOn'), help: t('posts.startsOnHelp') },
            expiresOn: { label: t('posts.expiresOn') },
            reason: { label: t('posts.reason'), widget: 'textarea' },
          }}
          submitLabel={t('posts.exceptionAsk')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(proposePostException, { body });
            await refresh();
            void message.success(t('posts.exceptionAsked'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}
