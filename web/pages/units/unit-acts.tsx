import { SwapOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Drawer, Dropdown, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import type { Route } from '#base/contract';
import {
  type ChangeReply,
  closeUnit,
  mergeUnits,
  moveUnit,
  renameUnit,
  reopenUnit,
  splitUnit,
  type Unit,
} from '#units/contract';
import { call, type RouteInput } from '../../app/api.ts';
import { colon } from '../../app/punctuation.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import type { FieldLook } from '../../ui/field-input.tsx';
import { phoneWidth, useNarrowerThan } from '../../ui/narrow.ts';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { useTableWords } from './table-words.ts';

type Act = 'rename' | 'move' | 'merge' | 'split' | 'close' | 'reopen';
const routes: Record<Act, Route> = {
  rename: renameUnit,
  move: moveUnit,
  merge: mergeUnits,
  split: splitUnit,
  close: closeUnit,
  reopen: reopenUnit,
} as never;

/** The acts that can be done to a unit, each in a drawer: form, then what would change, then done. */
export function UnitActs({ unit, today }: { unit: Unit; today: string }) {
  const { t } = useTranslation();
  const [act, setAct] = useState<Act>();
  const isPhone = useNarrowerThan(phoneWidth);
  const acts: Act[] =
    unit.kind === 'city'
      ? ['rename']
      : unit.state === 'open'
        ? ['rename', 'move', 'merge', 'split', 'close']
        : ['reopen', 'rename'];
  return (
    <>
      <Dropdown
        trigger={['click']}
        menu={{
          items: acts.map((one) => ({ key: one, label: t(`unitTree.${one}`) })),
          onClick: ({ key }) => setAct(key as Act),
        }}
      >
        <Button icon={<SwapOutlined aria-hidden="true" />}>{t('unitTree.changes')}</Button>
      </Dropdown>
      <Drawer
        open={act !== undefined}
        onClose={() => setAct(undefined)}
        size={isPhone ? '100%' : 520}
        title={act === undefined ? '' : `${t(`unitTree.${act}`)} · ${unit.name}`}
        destroyOnHidden
      >
        {act === undefined ? null : (
          <ActForm act={act} unit={unit} today={today} onDone={() => setAct(undefined)} />
        )}
      </Drawer>
    </>
  );
}

interface ActFormProps {
  readonly act: Act;
  readonly unit: Unit;
  readonly today: string;
  readonly onDone: () => void;
}

function ActForm({ act, unit, today, onDone }: ActFormProps) {
  const { t } = useTranslation();
  const fields = useActFields(act);
  const [asked, setAsked] = useState<Record<string, unknown>>();
  const [outcome, setOutcome] = useState<ChangeReply>();

  async function preview(body: Record<string, unknown>) {
    const input = {
      params: { id: unit.id },
      query: { preview: 'true' },
      body,
    } as unknown as RouteInput<Route>;
    setOutcome((await call(routes[act], input)) as ChangeReply);
    setAsked(body);
  }

  if (asked !== undefined && outcome !== undefined) {
    return (
      <Confirm
        act={act}
        unit={unit}
        body={asked}
        outcome={outcome}
        onBack={() => setOutcome(undefined)}
        onDone={onDone}
      />
    );
  }
  const hints: Partial<Record<Act, string>> = {
    move: t('unitTree.moveHint'),
    merge: t('unitTree.mergeHint'),
    split: t('unitTree.splitHint'),
    close: t('unitTree.closeHint'),
    reopen: t('unitTree.reopenHint'),
  };
  return (
    <>
      {hints[act] === undefined ? null : <p className="jd-soft">{hints[act]}</p>}
      <SchemaForm
        schema={routes[act].body as z.ZodObject}
        fields={fields}
        fixed={{ version: unit.version }}
        initial={(asked ?? { effectiveOn: today, ...(act === 'split' ? { parts: [{}] } : {}) }) as never}
        submitLabel={t('unitTree.preview')}
        onCancel={onDone}
        onSubmit={(body) => preview(body as Record<string, unknown>)}
      />
    </>
  );
}

function useActFields(act: Act): Record<string, FieldLook> {
  const { t } = useTranslation();
  const part = { code: { label: t('unitTree.partCode') }, name: { label: t('unitTree.partName') } };
  const own: Record<Act, Record<string, FieldLook>> = {
    rename: { name: { label: t('unitTree.newName'), autoFocus: true } },
    move: { parentCode: { label: t('unitTree.newParent'), widget: 'unit', gives: 'code' } },
    merge: {
      others: { label: t('unitTree.mergeOthers'), help: t('unitTree.mergeOthersHelp') },
      into: { label: t('unitTree.mergeInto'), fields: part },
    },
    split: { parts: { label: t('unitTree.parts'), fields: part } },
    close: {},
    reopen: { parentCode: { label: t('unitTree.reopenParent'), widget: 'unit', gives: 'code' } },
  };
  return {
    ...own[act],
    effectiveOn: { label: t('unitTree.effectiveOn'), help: t('unitTree.effectiveOnHelp') },
    docNo: { label: t('unitTree.docNo'), example: t('unitTree.docNoExample') },
    reason: { label: t('unitTree.reason'), widget: 'textarea' },
  };
}

interface ConfirmProps {
  readonly act: Act;
  readonly unit: Unit;
  readonly body: Record<string, unknown>;
  readonly outcome: ChangeReply;
  readonly onBack: () => void;
  readonly onDone: () => void;
}

/** What would change, as the server found by doing it and undoing it. */
function Confirm({ act, unit, body, outcome, onBack, onDone }: ConfirmProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const tableWords = useTableWords();
  const { message } = App.useApp();
  const [failure, setFailure] = useState<unknown>();
  const [busy, setBusy] = useState(false);

  async function make() {
    setBusy(true);
    setFailure(undefined);
    try {
      const input = { params: { id: unit.id }, query: {}, body } as unknown as RouteInput<Route>;
      const reply = (await call(routes[act], input)) as ChangeReply;
      const planned = reply.state === 'planned';
      void message.success(
        planned ? t('unitTree.planned', { day: String(body.effectiveOn) }) : t('unitTree.applied'),
      );
      await client.invalidateQueries();
      onDone();
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <>
      <h3 style={{ marginTop: 0 }}>{t('unitTree.previewTitle')}</h3>
      <ul className="jd-break">
        {outcome.paths.map((one) => (
          <li key={one.to}>
            {one.name}
            {colon()}
            {one.fromUnder === null ? null : `${one.fromUnder} → `}
            <strong>{one.toUnder}</strong> <span className="jd-faint jd-mono">{one.to}</span>
          </li>
        ))}
        {tableWords.sum(outcome.moved).map((one) => (
          <li key={one.what}>{t('unitTree.rowsMove', { count: one.rows, what: one.what })}</li>
        ))}
      </ul>
      {outcome.moved.length === 0 ? <p className="jd-faint">{t('unitTree.nothingMoves')}</p> : null}
      <Alert
        type="info"
        style={{ marginBottom: 16 }}
        title={`${String(body.effectiveOn)} · ${String(body.docNo)}`}
        description={String(body.reason)}
      />
      {failure === undefined ? null : (
        <div style={{ marginBottom: 16 }}>
          <ErrorView error={failure} />
        </div>
      )}
      <Space wrap>
        <Button type="primary" danger={act === 'close'} loading={busy} onClick={() => void make()}>
          {t('unitTree.confirm')}
        </Button>
        <Button onClick={onBack}>{t('unitTree.back')}</Button>
      </Space>
    </>
  );
}
