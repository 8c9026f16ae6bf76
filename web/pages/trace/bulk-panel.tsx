import { DownloadOutlined, UploadOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Alert, Button, Input, Progress, Space, Upload } from 'antd';
import { type ReactNode, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { bulkSheet, listBulk, startBulk } from '#trace/contract';
import { call, saveBlob, upload } from '../../app/api.ts';
import { CaseNoteAtRest } from '../../app/case-note.tsx';
import { useEnumWords } from '../../app/enum-words.ts';
import { csvText } from '../../ui/csv.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorView } from '../../ui/error-view.tsx';
import { dateTime } from '../../ui/moment.ts';
import { QueryView } from '../../ui/query-view.tsx';
import { BulkActs, type BulkRun } from './bulk-acts.tsx';
import { CaseOffer, type StatedCase, useCaseDraft } from './case-draft.tsx';
import './trace.css';

/** A table of questions, and the runs that work such tables off. */
export function BulkPanel() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [caseNo, setCaseNo] = useState('');
  const [reason, setReason] = useState('');
  const [zone, setZone] = useState('');
  const drafts = useCaseDraft('trace.bulk');
  const state = (stated: StatedCase) => {
    setCaseNo(stated.caseNo);
    setReason(stated.reason);
    drafts.save({ ...stated });
  };
  const start = useMutation({
    mutationFn: (file: File) =>
      upload(
        startBulk,
        {
          query: { fileName: file.name, caseNo: caseNo.trim(), reason: reason.trim(), ...(zone && { zone }) },
        },
        file,
      ),
    onSuccess: async ({ run }) => {
      if (run) await drafts.clear();
      await client.invalidateQueries({ queryKey: ['trace-runs'] });
      if (run) await navigate({ to: '/trace/runs/$id', params: { id: run.id } });
    },
  });
  const isStated = caseNo.trim().length >= 2 && reason.trim().length >= 4;
  return (
    <Space orientation="vertical" size={16} style={{ width: '100%' }}>
      <p className="jd-faint" style={{ margin: 0 }}>
        {t('traceBulk.hint')}
      </p>
      <CaseOffer drafts={drafts} onTake={state} />
      <div className="jd-complaint__case">
        <Labelled label={t('complaint.caseNo')}>
          {(id) => (
            <Input
              id={id}
              value={caseNo}
              maxLength={60}
              onChange={(event) => state({ caseNo: event.target.value, reason })}
            />
          )}
        </Labelled>
        <Labelled label={t('complaint.reason')}>
          {(id) => (
            <Input
              id={id}
              value={reason}
              maxLength={500}
              onChange={(event) => state({ caseNo, reason: event.target.value })}
            />
          )}
        </Labelled>
        <Labelled label={t('traceBulk.zone')}>
          {(id) => (
            <select
              id={id}
              className="jd-complaint__select"
              value={zone}
              onChange={(event) => setZone(event.target.value)}
            >
              <option value="">{t('traceBulk.zoneError')}</option>
              <option value="+08:00">{t('complaint.zoneChina')}</option>
              <option value="+00:00">{t('complaint.zoneUtc')}</option>
            </select>
          )}
        </Labelled>
      </div>
      <CaseNoteAtRest caseNo={caseNo} />
      {isStated ? null : <Alert type="info" showIcon title={t('traceBulk.needCase')} />}
      <Space wrap>
        <Upload
          showUploadList={false}
          accept=".csv,.xlsx"
          disabled={!isStated}
          beforeUpload={(file) => {
            // The field for files can be reached past a disabled button.
            if (isStated) start.mutate(file);
            return false;
          }}
        >
          <Button
            type="primary"
            icon={<UploadOutlined aria-hidden="true" />}
            disabled={!isStated}
            loading={start.isPending}
          >
            {t('traceBulk.choose')}
          </Button>
        </Upload>
        <Button icon={<DownloadOutlined aria-hidden="true" />} onClick={saveTemplate}>
          {t('traceBulk.template')}
        </Button>
      </Space>
      {start.isError ? <ErrorView error={start.error} /> : null}
      {start.data?.run === null ? (
        <Alert
          type="error"
          title={t('traceBulk.wrong', { count: start.data.rejected })}
          description={
            <ul>
              {start.data.errors.slice(0, 20).map((one) => (
                <li key={`${one.row} ${one.column} ${one.message}`}>{t('traceBulk.row', one)}</li>
              ))}
            </ul>
          }
        />
      ) : null}
      <Runs />
    </Space>
  );
}

/** Headings and one example row; its mark 示例： is known, and the row never asked. */
function saveTemplate(): void {
  const headings = bulkSheet.fields.map(({ zh, required }) => (required ? `${zh}*` : zh));
  const example = bulkSheet.fields.map(({ key, example: text }, at) => {
    // The time names its zone; a cell that begins with + would get the mark against formulas, and be copied with it.
    if (key === 'zone') return '';
    return at === 0 ? `示例：${text}` : text;
  });
  saveBlob(new Blob([csvText(headings, [example])], { type: 'text/csv' }), '批量溯源-模板.csv');
}

function Runs() {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['trace-runs'],
    queryFn: ({ signal }) => call(listBulk, { query: { pageSize: 20 } }, { signal }),
    refetchInterval: ({ state }) => (state.data?.items.some((run) => run.state === 'running') ? 3000 : false),
  });
  return (
    <>
      <h3 style={{ margin: 0, fontSize: 15 }}>{t('traceBulk.runs')}</h3>
      <QueryView query={query} rows={3}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title={t('traceBulk.empty')} hint={t('traceBulk.emptyHint')} />
          ) : (
            <ul className="jd-complaint__list">
              {items.map((run) => (
                <RunEntry key={run.id} run={run} />
              ))}
            </ul>
          )
        }
      </QueryView>
    </>
  );
}

function RunEntry({ run }: { run: BulkRun }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  return (
    <li className="jd-complaint__entry">
      <div style={{ flex: 1 }}>
        <Link to="/trace/runs/$id" params={{ id: run.id }}>
          <strong>{run.fileName}</strong>
        </Link>{' '}
        · {run.caseNo} · {words('bulkState', run.state)} ·{' '}
        <span className="jd-num">{dateTime(run.askedAt)}</span>
        <Progress
          percent={Math.floor((100 * run.done) / run.rows)}
          aria-label={run.fileName}
          format={() => t('traceBulk.progress', { done: run.done, rows: run.rows })}
        />
        <BulkActs run={run} />
      </div>
    </li>
  );
}

function Labelled({ label, children }: { label: string; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} style={{ display: 'block', marginBottom: 4 }}>
        {label}
      </label>
      {children(id)}
    </div>
  );
}
