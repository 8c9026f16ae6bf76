import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { listTemplates, messageKind, previewTemplate, setTemplate, type Template } from '#notify/contract';
import { call } from '../../app/api.ts';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { listSource } from '../../app/list-source.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorView } from '../../ui/error-view.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateTime } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Facts } from '../../ui/panel.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';

const source = listSource(listTemplates, ['kind', 'language', 'history']);
const languages = [
  { value: 'zh', label: '中文' },
  { value: 'en', label: 'English' },
];

/** The wording of each kind of message in two languages. */
export function TemplatesPage() {
  const { t } = useTranslation();
  const words = useEnumWords();
  return (
    <>
      <PageHeader title={t('templates.title')} description={t('templates.description')} />
      <ListPage
        name="templates"
        label={t('templates.title')}
        source={source}
        rowKey={(row) => `${row.kind}-${row.language}-${row.version}`}
        filters={[
          {
            key: 'kind',
            label: t('templates.kind'),
            options: optionsOf(words, 'messageKind', messageKind.options),
          },
          { key: 'language', label: t('templates.language'), options: languages },
          {
            key: 'history',
            label: t('templates.version'),
            options: [{ value: 'true', label: t('templates.history') }],
          },
        ]}
        columns={[
          {
            key: 'kind',
            title: t('templates.kind'),
            card: 'title',
            coded: 'messageKind',
            render: (row) => words('messageKind', row.kind),
          },
          {
            key: 'language',
            title: t('templates.language'),
            render: (row) => languages.find((one) => one.value === row.language)?.label,
          },
          {
            key: 'version',
            title: t('templates.version'),
            render: (row) => (row.version === 0 ? t('templates.builtIn') : row.version),
          },
          { key: 'subject', title: t('templates.subject'), render: (row) => row.subject },
          {
            key: 'body',
            title: t('templates.body'),
            render: (row) => (
              <span className="jd-break" style={{ whiteSpace: 'pre-line' }}>
                {row.body}
              </span>
            ),
          },
          { key: 'short', title: t('templates.short'), extra: true, render: (row) => row.short },
          {
            key: 'setBy',
            title: t('templates.setBy'),
            render: (row) => (row.setBy ? `${row.setBy} ${dateTime(row.from)}` : '—'),
          },
          {
            key: 'actions',
            title: '',
            render: (row) => (
              <FormDrawer
                label={t('templates.edit')}
                title={`${words('messageKind', row.kind)} · ${row.language}`}
                size="small"
              >
                {(close) => <TemplateForm row={row} onDone={close} />}
              </FormDrawer>
            ),
          },
        ]}
        empty={<EmptyState title={t('templates.title')} hint={t('templates.description')} />}
      />
    </>
  );
}

function TemplateForm({ row, onDone }: { row: Template; onDone: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  const { kind, language, subject, body, short } = row;
  const [draft, setDraft] = useState({ kind, language, subject, body, short });
  const preview = useMutation({ mutationFn: () => call(previewTemplate, { body: draft }) });
  return (
    <>
      <SchemaForm
        schema={setTemplate.body!}
        fixed={{ kind, language }}
        initial={{ subject, body, short }}
        onChange={(value) => setDraft((before) => ({ ...before, ...value }))}
        fields={{
          subject: { label: t('templates.subject') },
          body: { label: t('templates.body'), widget: 'textarea' },
          short: { label: t('templates.short'), widget: 'textarea' },
        }}
        extra={t('templates.help')}
        submitLabel={t('action.save')}
        onCancel={onDone}
        onSubmit={async (value) => {
          const { version } = await call(setTemplate, { body: value });
          message.success(t('templates.saved', { version }));
          await client.invalidateQueries({ queryKey: ['templates'] });
          onDone();
        }}
      />
      <Button style={{ marginTop: 16 }} loading={preview.isPending} onClick={() => preview.mutate()}>
        {t('templates.preview')}
      </Button>
      <div aria-live="polite" style={{ marginTop: 12, whiteSpace: 'pre-line' }}>
        {preview.isError ? <ErrorView error={preview.error} /> : null}
        {preview.data ? (
          <Facts
            items={[
              [t('templates.previewApp'), `${preview.data.app.subject}\n${preview.data.app.body}`],
              [t('templates.previewMail'), `${preview.data.mail.subject}\n${preview.data.mail.body}`],
              [t('templates.previewSms'), preview.data.sms],
              [t('templates.previewGroup'), preview.data.group],
            ]}
          />
        ) : null}
      </div>
    </>
  );
}
