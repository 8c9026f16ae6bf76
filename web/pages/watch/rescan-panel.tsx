import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Progress, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { actOnRescan, getRescan, listRescans, startRescan } from '#watch/contract';
import { call } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';

/** How often the progress is asked for while a rescan is under way, in milliseconds. */
const REFRESH_MS = 5000;

/** Rescans of all sites: start, progress by county, pause, resume, cancel. */
export function RescanPanel() {
  const { t } = useTranslation();
  const can = useCan();
  const query = useQuery({
    queryKey: ['rescans'],
    queryFn: ({ signal }) => call(listRescans, { query: { pageSize: 5 } }, { signal }),
  });
  return (
    <>
      <Panel title={t('wordWork.tabRescan')} extra={can('watch.rescan') ? <StartRescan /> : null}>
        <p className="jd-faint">{t('wordWork.rescanHint')}</p>
      </Panel>
      <QueryView query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title={t('wordWork.rescanEmpty')} hint={t('wordWork.rescanEmptyHint')} />
          ) : (
            items.map((one) => <RescanView key={one.id} id={one.id} />)
          )
        }
      </QueryView>
    </>
  );
}

function StartRescan() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  return (
    <FormDrawer label={t('wordWork.rescanStart')} type="primary">
      {(close) => (
        <SchemaForm
          schema={startRescan.body!}
          initial={{ atOnce: 64 }}
          fields={{
            reason: { label: t('wordWork.rescanReason') },
            atOnce: { label: t('wordWork.rescanAtOnce') },
          }}
          submitLabel={t('wordWork.rescanStart')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(startRescan, { body });
            await client.invalidateQueries({ queryKey: ['rescans'] });
            void message.success(t('wordWork.rescanStarted'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}

function RescanView({ id }: { id: string }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const query = useQuery({
    queryKey: ['rescans', id],
    queryFn: ({ signal }) => call(getRescan, { params: { id } }, { signal }),
    // While it is paused, too, until what was under way has ended.
    refetchInterval: ({ state: { data } }) =>
      data && (data.state === 'running' || (data.state === 'paused' && data.running > 0))
        ? REFRESH_MS
        : false,
  });
  return (
    <QueryView query={query}>
      {(one) => (
        <Panel title={one.reason} extra={<EnumTag name="rescanState" value={one.state} />}>
          <p className="jd-faint">
            {`${one.unitName} · ${one.startedBy} · ${dateMinute(one.startedAt)} · ${t('wordlist.version', { version: one.wordVersion })}`}
          </p>
          <Progress
            percent={one.total === 0 ? 0 : Math.floor((100 * one.done) / one.total)}
            aria-label={t('wordWork.tabRescan')}
          />
          <p className="jd-num" aria-live="polite">
            {t('wordWork.rescanProgress', { done: one.done, total: one.total, running: one.running })}
          </p>
          {one.counties.length > 1 ? (
            <Facts
              small
              items={one.counties.map((county) => [county.name, `${county.done} / ${county.total}`] as const)}
            />
          ) : null}
          {one.results.length > 0 ? (
            <>
              <h3>{t('wordWork.rescanResults')}</h3>
              <Facts
                small
                items={one.results.map(({ result, count }) => [words('checkState', result), count] as const)}
              />
              {one.results.some(({ result }) => !['clean', 'faulty'].includes(result)) ? (
                <p className="jd-faint">{t('wordWork.rescanNotLooked')}</p>
              ) : null}
            </>
          ) : null}
          <RescanActs id={id} state={one.state} />
        </Panel>
      )}
    </QueryView>
  );
}

function RescanActs({ id, state }: { id: string; state: string }) {
  const { t } = useTranslation();
  const can = useCan();
  const client = useQueryClient();
  const { message } = App.useApp();
  const language = useLanguage();
  if (!can('watch.rescan') || (state !== 'running' && state !== 'paused')) return null;
  const act = async (name: 'pause' | 'resume' | 'cancel') => {
    try {
      await call(actOnRescan, { params: { id }, body: { act: name } });
    } catch (error) {
      void message.error(wordsForError(error)[language]);
    }
    await client.invalidateQueries({ queryKey: ['rescans'] });
  };
  return (
    <Space wrap>
      {state === 'running' ? (
        <Button onClick={() => void act('pause')}>{t('wordWork.pause')}</Button>
      ) : (
        <Button type="primary" onClick={() => void act('resume')}>
          {t('wordWork.resume')}
        </Button>
      )}
      <Button danger onClick={() => void act('cancel')}>
        {t('wordWork.cancel')}
      </Button>
    </Space>
  );
}
