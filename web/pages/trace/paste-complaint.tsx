import { FileTextOutlined, SearchOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Alert, Button, Input, Space, Upload } from 'antd';
import { type ReactNode, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { askTrace, readComplaint, type Trace } from '#trace/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { ComplaintEntries, type Entry, isAskable } from './complaint-entries.tsx';
import { ComplaintResults } from './complaint-results.tsx';

type Read = RouteReply<typeof readComplaint>;

/** A policeman's letter to an answer: case and reason once, paste, check what was read, ask. */
export function PasteComplaint() {
  const { t } = useTranslation();
  const given = useSearch({ strict: false }) as { caseNo?: string };
  const [caseNo, setCaseNo] = useState(given.caseNo === undefined ? '' : String(given.caseNo));
  const [reason, setReason] = useState('');
  const [text, setText] = useState('');
  const [file, setFile] = useState<{ name: string; base64: string }>();
  const [zone, setZone] = useState('');
  const [date, setDate] = useState('');
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const read = useMutation({
    mutationFn: (answers: { zone: string; date: string }) =>
      call(readComplaint, {
        body: {
          ...(file ? { file: file.base64 } : { text }),
          ...(answers.zone && { zone: answers.zone }),
          ...(answers.date && { date: answers.date }),
        },
      }),
    onSuccess: (reply: Read) =>
      setChosen(
        new Set(
          reply.entries.flatMap((entry, index) => (isAskable(entry) && index < mostAtOnce ? [index] : [])),
        ),
      ),
  });
  const ask = useAsk({ caseNo, reason });
  const entries = read.data?.entries ?? [];
  const picked = entries.filter((entry, index) => chosen.has(index) && isAskable(entry));
  const needsZone =
    zone !== '' ||
    entries.some((one) => one.missing.some((gap) => gap === 'no_zone' || gap === 'zone_ambiguous'));
  const needsDate =
    date !== '' || entries.some((one) => one.missing.some((gap) => gap === 'no_date' || gap === 'no_year'));
  const isStated = caseNo.trim().length >= 2 && reason.trim().length >= 4;

  return (
    <Space orientation="vertical" size={16} style={{ width: '100%' }}>
      <p className="jd-faint" style={{ margin: 0 }}>
        {t('complaint.hint')}
      </p>
      <div className="jd-complaint__case">
        <Field label={t('complaint.caseNo')}>
          {(id) => (
            <Input
              id={id}
              value={caseNo}
              maxLength={60}
              onChange={(event) => setCaseNo(event.target.value)}
            />
          )}
        </Field>
        <Field label={t('complaint.reason')}>
          {(id) => (
            <Input
              id={id}
              value={reason}
              maxLength={500}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
      </div>
      <Field label={t('complaint.text')}>
        {(id) => (
          <Input.TextArea
            id={id}
            rows={6}
            value={file ? file.name : text}
            readOnly={file !== undefined}
            placeholder={t('complaint.textExample')}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
      <Space wrap>
        <Button
          type={read.data ? 'default' : 'primary'}
          icon={<SearchOutlined aria-hidden="true" />}
          loading={read.isPending}
          disabled={text.trim() === '' && !file}
          onClick={() => read.mutate({ zone, date })}
        >
          {t('complaint.read')}
        </Button>
        <Upload
          showUploadList={false}
          accept=".eml,.txt,.log,.xml,.json"
          beforeUpload={(one) => {
            void base64Of(one).then((base64) => setFile({ name: one.name, base64 }));
            return false;
          }}
        >
          <Button icon={<FileTextOutlined aria-hidden="true" />}>{t('complaint.file')}</Button>
        </Upload>
      </Space>
      {read.isError ? <ErrorView error={read.error} /> : null}
      {read.data?.entries.length === 0 ? (
        <Alert type="warning" showIcon title={t('complaint.nothing')} />
      ) : null}
      {read.data?.isCut ? (
        <Alert type="info" showIcon title={t('complaint.cut', { count: entries.length })} />
      ) : null}
      {needsZone ? <Alert type="warning" showIcon title={t('complaint.zoneNeeded')} /> : null}
      {needsZone ? (
        <Field label={t('complaint.zone')}>
          {(id) => (
            <select
              id={id}
              className="jd-complaint__select"
              value={zone}
              onChange={(event) => {
                setZone(event.target.value);
                read.mutate({ zone: event.target.value, date });
              }}
            >
              <option value="">{t('complaint.zoneNone')}</option>
              <option value="+08:00">{t('complaint.zoneChina')}</option>
              <option value="+00:00">{t('complaint.zoneUtc')}</option>
              {offsets.map((offset) => (
                <option key={offset} value={offset}>{`UTC${offset}`}</option>
              ))}
            </select>
          )}
        </Field>
      ) : null}
      {needsDate ? (
        <Field label={t('complaint.date')}>
          {(id) => (
            <Input
              id={id}
              type="date"
              value={date}
              onChange={(event) => {
                setDate(event.target.value);
                read.mutate({ zone, date: event.target.value });
              }}
            />
          )}
        </Field>
      ) : null}
      {entries.length > 0 ? (
        <>
          <h3 style={{ margin: 0, fontSize: 15 }}>{t('complaint.found', { count: entries.length })}</h3>
          <ComplaintEntries entries={entries} chosen={chosen} onChange={setChosen} />
          {isStated ? null : <Alert type="info" showIcon title={t('complaint.needCase')} />}
          {picked.length > mostAtOnce ? (
            <Alert type="warning" showIcon title={t('complaint.tooMany')} />
          ) : null}
          <Button
            type="primary"
            loading={ask.isPending}
            disabled={!isStated || picked.length === 0 || picked.length > mostAtOnce}
            onClick={() => ask.mutate(picked)}
          >
            {picked.length === 1 ? t('complaint.askOne') : t('complaint.ask', { count: picked.length })}
          </Button>
          {ask.isPending ? (
            <p aria-live="polite">{t('complaint.asking', { number: ask.done + 1, count: picked.length })}</p>
          ) : null}
        </>
      ) : null}
      {ask.isError ? <ErrorView error={ask.error} /> : null}
      {ask.results.length > 0 ? <ComplaintResults traces={ask.results} /> : null}
    </Space>
  );
}

/** More belong into several pastes: each is a full trace with its own entry in the audit log. */
const mostAtOnce = 20;
const offsets = [
  '-08:00',
  '-07:00',
  '-06:00',
  '-05:00',
  '-04:00',
  '+01:00',
  '+02:00',
  '+03:00',
  '+05:30',
  '+07:00',
  '+09:00',
  '+10:00',
];

function useAsk(stated: { caseNo: string; reason: string }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [results, setResults] = useState<readonly Trace[]>([]);
  const mutation = useMutation({
    mutationFn: async (entries: readonly Entry[]) => {
      setResults([]);
      const traces: Trace[] = [];
      for (const entry of entries) {
        const trace = await call(askTrace, { body: questionOf(entry, stated) });
        client.setQueryData(['traces', trace.id], trace);
        traces.push(trace);
        // Shown as they come: what was asked is not lost when a later one fails.
        setResults([...traces]);
      }
      await client.invalidateQueries({ queryKey: ['traces', 'list'] });
      const [only, ...others] = traces;
      if (only && others.length === 0) await navigate({ to: '/trace/$id', params: { id: only.id } });
    },
  });
  return { ...mutation, results, done: results.length };
}

function questionOf(entry: Entry, { caseNo, reason }: { caseNo: string; reason: string }) {
  return {
    ip: entry.ip,
    ...(entry.port === null ? {} : { port: entry.port }),
    proto: entry.proto,
    at: entry.at!,
    ...(entry.dstIp === null ? {} : { dstIp: entry.dstIp }),
    ...(entry.dstIp === null || entry.dstPort === null ? {} : { dstPort: entry.dstPort }),
    ...(entry.toleranceSeconds === null ? {} : { toleranceSeconds: entry.toleranceSeconds }),
    caseNo: caseNo.trim(),
    reason: reason.trim(),
  };
}

async function base64Of(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = '';
  for (let at = 0; at < bytes.length; at += 0x8000)
    binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(binary);
}

function Field({ label, children }: { label: string; children: (id: string) => ReactNode }) {
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
