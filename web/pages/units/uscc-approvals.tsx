import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { decideUscc, listUsccApprovals, proposeUscc, type Unit, type UsccApproval } from '#units/contract';
import { call } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { useCan } from '../../app/session.ts';
import { dateMinute } from '../../ui/moment.ts';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';

/** Credit codes whose check fails: of one unit, or (without one) all that wait in scope. */
export function UsccApprovals({ unit }: { unit?: Unit }) {
  const { t } = useTranslation();
  const can = useCan();
  const query = useQuery({
    queryKey: ['units', 'uscc', unit?.id ?? ''],
    queryFn: ({ signal }) =>
      call(
        listUsccApprovals,
        { query: { pageSize: 100, ...(unit ? { unitId: unit.id } : { waiting: 'true' }) } },
        { signal },
      ),
  });
  const canPropose = unit !== undefined && can('units.write');
  return (
    <QueryView query={query} rows={2}>
      {({ items }) =>
        items.length === 0 && !canPropose && unit !== undefined ? null : (
          <Panel title={t('unitTree.uscc')}>
            {canPropose ? <p className="jd-faint">{t('unitTree.usccHint')}</p> : null}
            {items.length === 0 && unit === undefined ? (
              <p className="jd-faint">{t('unitTree.usccEmpty')}</p>
            ) : null}
            {items.map((one) => (
              <Approval key={one.id} approval={one} named={unit === undefined} />
            ))}
            {canPropose && !items.some((one) => one.approved === null) ? <Propose unit={unit} /> : null}
          </Panel>
        )
      }
    </QueryView>
  );
}

function Approval({ approval, named }: { approval: UsccApproval; named: boolean }) {
  const { t } = useTranslation();
  const can = useCan();
  const client = useQueryClient();
  const language = useLanguage();
  const { message } = App.useApp();
  const waits = approval.approved === null;

  async function decide(approve: boolean) {
    try {
      await call(decideUscc, { params: { id: approval.id }, body: { approve } });
      await client.invalidateQueries({ queryKey: ['units'] });
      void message.success(t('unitTree.decided'));
    } catch (error) {
      void message.error(wordsForError(error)[language]);
    }
  }

  return (
    <div style={{ marginBottom: 16 }}>
      {named ? <strong>{approval.unitName} </strong> : null}
      <span className="jd-mono">{approval.uscc}</span>{' '}
      <StatusTag tone={waits ? 'waiting' : approval.approved ? 'ok' : 'danger'}>
        {waits
          ? t('unitTree.waiting')
          : approval.approved
            ? t('unitTree.approvedCode')
            : t('unitTree.refuse')}
      </StatusTag>
      <div className="jd-soft jd-break">
        {approval.reason} · {approval.scanRef}
      </div>
      <div className="jd-faint">
        {approval.proposedBy} {dateMinute(approval.proposedAt)}
        {approval.decidedBy ? ` → ${approval.decidedBy} ${dateMinute(approval.decidedAt)}` : ''}
      </div>
      {waits && approval.mine ? <div className="jd-faint">{t('unitTree.mine')}</div> : null}
      {waits && !approval.mine && can('units.approve_uscc') ? (
        <Space style={{ marginTop: 8 }}>
          <Button type="primary" size="small" onClick={() => void decide(true)}>
            {t('unitTree.approve')}
          </Button>
          <Button danger size="small" onClick={() => void decide(false)}>
            {t('unitTree.refuse')}
          </Button>
        </Space>
      ) : null}
    </div>
  );
}

function Propose({ unit }: { unit: Unit }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  return (
    <FormDrawer label={t('unitTree.propose')} title={t('unitTree.uscc')}>
      {(close) => (
        <SchemaForm
          schema={proposeUscc.body!}
          fields={{
            uscc: { label: t('units.uscc'), autoFocus: true },
            reason: { label: t('unitTree.reason'), widget: 'textarea' },
            scanRef: { label: t('unitTree.scanRef'), example: t('unitTree.scanRefExample') },
          }}
          submitLabel={t('unitTree.propose')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(proposeUscc, { params: { id: unit.id }, body });
            await client.invalidateQueries({ queryKey: ['units'] });
            void message.success(t('unitTree.proposed'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}
