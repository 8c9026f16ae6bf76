import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Checkbox, Drawer } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { actOnMany, listTasks } from '#tasks/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { useLanguage } from '../../app/i18n.ts';
import { colon } from '../../app/punctuation.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { phoneWidth, useNarrowerThan } from '../../ui/narrow.ts';

/** Countersigns many at once; shown only when something waits for this person's signature. */
export function SignMany() {
  const { t } = useTranslation();
  const isPhone = useNarrowerThan(phoneWidth);
  const [isOpen, setOpen] = useState(false);
  const query = useQuery({
    queryKey: ['tasks', 'to-sign'],
    queryFn: ({ signal }) => call(listTasks, { query: { state: 'signing', pageSize: 200 } }, { signal }),
  });
  const items = query.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <>
      <Button type="primary" onClick={() => setOpen(true)}>
        {t('tasks.signMany', { count: items.length })}
      </Button>
      <Drawer
        open={isOpen}
        onClose={() => setOpen(false)}
        size={isPhone ? '100%' : 480}
        title={t('tasks.signMany', { count: items.length })}
        destroyOnHidden
      >
        {isOpen ? <Choice items={items} onDone={() => setOpen(false)} /> : null}
      </Drawer>
    </>
  );
}

type Items = RouteReply<typeof listTasks>['items'];

function Choice({ items, onDone }: { items: Items; onDone: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useQueryClient();
  const language = useLanguage();
  const [ids, setIds] = useState<string[]>(items.map((item) => item.id));
  const [reply, setReply] = useState<RouteReply<typeof actOnMany>>();
  const [failure, setFailure] = useState<unknown>();
  const [busy, setBusy] = useState(false);

  async function sign() {
    setBusy(true);
    setFailure(undefined);
    try {
      const result = await call(actOnMany, { body: { ids, act: { act: 'sign' } } });
      await client.invalidateQueries({ queryKey: ['tasks'] });
      void message.success(t('tasks.signedMany', { count: result.done }));
      if (result.failed.length === 0) onDone();
      else setReply(result);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <>
      <p className="jd-soft">{t('tasks.signManyHint')}</p>
      <Checkbox.Group
        value={ids}
        onChange={setIds}
        style={{ display: 'grid', gap: 12, marginBlock: 16 }}
        options={items.map((item) => ({ value: item.id, label: `${item.unitName} · ${item.title}` }))}
      />
      {reply ? (
        <Alert
          type="warning"
          style={{ marginBottom: 16 }}
          title={t('tasks.failedMany', { count: reply.failed.length })}
          description={reply.failed.map((one) => (
            <div key={one.id}>
              {items.find((item) => item.id === one.id)?.unitName ?? ''}
              {colon()}
              {language === 'zh' ? one.zh : one.en}
            </div>
          ))}
        />
      ) : null}
      {failure === undefined ? null : <ErrorView error={failure} />}
      <Button type="primary" loading={busy} disabled={ids.length === 0} onClick={() => void sign()}>
        {t('tasks.signMany', { count: ids.length })}
      </Button>
    </>
  );
}
