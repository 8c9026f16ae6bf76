import { DeleteOutlined, PushpinOutlined } from '@ant-design/icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { App, Button, Checkbox, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { listViews, removeView, type SavedView, saveView } from '#auth/contract';
import { call } from '../app/api.ts';
import { wordsForError } from '../app/api-error.ts';
import { useLanguage } from '../app/i18n.ts';
import { type ListState, writeListState } from './list-state.ts';
import { Popup } from './popup.tsx';

interface ListViewsProps {
  readonly name: string;
  readonly state: ListState;
  /** Keys of the columns that are shown. */
  readonly columns: readonly string[];
}

/** Named filters, order and columns of this list: one's own, and those that colleagues share. */
export function ListViews({ name, state, columns }: ListViewsProps) {
  const { t } = useTranslation();
  return (
    <Popup label={t('views.button')} title={t('views.title')} icon={<PushpinOutlined aria-hidden="true" />}>
      {(close) => <ViewMenu name={name} state={state} columns={columns} onDone={close} />}
    </Popup>
  );
}

function ViewMenu({ name, state, columns, onDone }: ListViewsProps & { onDone: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const language = useLanguage();
  const { message } = App.useApp();
  const query = useQuery({
    queryKey: ['views', name],
    queryFn: ({ signal }) => call(listViews, { query: { list: name } }, { signal }),
  });
  const tell = async (work: Promise<unknown>, done: string) => {
    try {
      await work;
      await client.invalidateQueries({ queryKey: ['views', name] });
      void message.success(done);
    } catch (error) {
      void message.error(wordsForError(error)[language]);
    }
  };
  const open = (view: SavedView) => {
    const search = { ...view.search, ...(view.columns ? { cols: view.columns.join(',') } : {}) };
    void navigate({ to: '.', search: search as never });
    onDone();
  };
  return (
    <div className="jd-views">
      {query.data?.items.length === 0 ? <p className="jd-faint">{t('views.none')}</p> : null}
      <ul className="jd-views__list">
        {query.data?.items.map((view) => (
          <li key={view.id}>
            <Button type="link" onClick={() => open(view)}>
              {view.name}
            </Button>
            {view.mine ? (
              <Button
                type="text"
                size="small"
                aria-label={t('views.remove', { name: view.name })}
                icon={<DeleteOutlined aria-hidden="true" />}
                onClick={() => void tell(call(removeView, { params: { id: view.id } }), t('views.removed'))}
              />
            ) : (
              <span className="jd-faint">{t('views.by', { name: view.by })}</span>
            )}
          </li>
        ))}
      </ul>
      <SaveView
        onSave={(given, shared) => {
          const { cols: _cols, page: _page, ...search } = writeListState(state);
          const kept = Object.entries(search).filter(([, value]) => value !== undefined && value !== '');
          const body = {
            list: name,
            name: given,
            search: Object.fromEntries(kept) as Record<string, string | number>,
            columns: [...columns],
            shared,
          };
          return tell(call(saveView, { body }), t('views.saved'));
        }}
      />
    </div>
  );
}

function SaveView({ onSave }: { onSave: (name: string, shared: boolean) => Promise<void> }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [shared, setShared] = useState(false);
  const save = async () => {
    await onSave(name.trim(), shared);
    setName('');
  };
  return (
    <form
      className="jd-views__save"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== '') void save();
      }}
    >
      <Input
        aria-label={t('views.name')}
        placeholder={t('views.name')}
        maxLength={40}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <Checkbox checked={shared} onChange={(event) => setShared(event.target.checked)}>
        {t('views.share')}
      </Checkbox>
      <Button type="primary" htmlType="submit" disabled={name.trim() === ''}>
        {t('views.save')}
      </Button>
    </form>
  );
}
