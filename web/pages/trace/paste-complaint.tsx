import { FileTextOutlined, SearchOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Alert, Button, Input, Space, Upload } from 'antd';
import { type ReactNode, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { askTrace, isDoubtful, readComplaint, type Trace } from '#trace/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { CaseNoteAtRest } from '../../app/case-note.tsx';
import type { Drafts } from '../../app/drafts.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { CaseOffer, type StatedCase, useCaseDraft } from './case-draft.tsx';
import { ComplaintEntries, ComplaintUnread, type Entry, isAskable, isSure } from './complaint-entries.tsx';
import { ComplaintResults } from './complaint-results.tsx';
import { ZoneChoice } from './zone-choice.tsx';

type Read = RouteReply<typeof readComplaint>;

/** A policeman's letter to an answer: paste, check what was read, say why, ask. */
export function PasteComplaint() {
  const { t } = useTranslation();
  const letter = useLetter();
  const { read, chosen, choose } = letter;
  const stated = useCase(read.data);
  const ask = useAsk(stated);
  const entries = read.data?.entries ?? [];
  const picked = entries.filter((entry, index) => chosen.has(index) && isAskable(entry));
  const isStated = stated.caseNo.trim().length >= 2 && stated.reason.trim().length >= 4;
  return (
    <Space orientation="vertical" size={16} style={{ width: '100%' }}>
      <p className="jd-faint" style={{ margin: 0 }}>
        {t('complaint.hint')}
      </p>
      <LetterText letter={letter} />
      {read.isError ? <ErrorView error={read.error} /> : null}
      {read.data?.entries.length === 0 ? (
        <Alert type="warning" showIcon title={t('complaint.nothing')} />
      ) : null}
      {read.data?.isCut ? (
        <Alert type="info" showIcon title={t('complaint.cut', { count: entries.length })} />
      ) : null}
      <ComplaintUnread unread={read.data?.unread ?? []} />
      {entries.some(isDoubtful) ? <Alert type="warning" showIcon title={t('complaint.doubtful')} /> : null}
      <MissingTimes letter={letter} entries={entries} />
      {entries.length > 0 ? (
        <>
          <h3 style={{ margin: 0, fontSize: 15 }}>{t('complaint.found', { count: entries.length })}</h3>
          <ComplaintEntries entries={entries} chosen={chosen} onChange={choose} />
        </>
      ) : null}
      <CaseFields stated={stated} />
      {entries.length > 0 ? (
        <>
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

type Letter = ReturnType<typeof useLetter>;

/** The text or file, what the asker adds to its times, and what was read from it. */
function useLetter() {
  const [text, setText] = useState('');
  const [file, setFile] = useState<{ name: string; base64: string }>();
  const [zone, setZone] = useState('');
  const [date, setDate] = useState('');
  const [chosen, choose] = useState<ReadonlySet<number>>(new Set());
  const read = useMutation({
    mutationFn: (given: { text?: string; file?: string; zone: string; date: string }) =>
      call(readComplaint, {
        body: {
          ...(given.file === undefined ? { text: given.text ?? '' } : { file: given.file }),
          ...(given.zone && { zone: given.zone }),
          ...(given.date && { date: given.date }),
        },
      }),
    onSuccess: (reply: Read) =>
      choose(
        new Set(
          reply.entries.flatMap((entry, index) => (isSure(entry) && index < mostAtOnce ? [index] : [])),
        ),
      ),
  });
  const asGiven = file ? { file: file.base64, zone, date } : { text, zone, date };
  return {
    text,
    file,
    zone,
    date,
    read,
    chosen,
    choose,
    readAgain: () => read.mutate(asGiven),
    /** What was read before is not what stands there now. */
    type: (typed: string, isPasted: boolean) => {
      setText(typed);
      read.reset();
      if (isPasted && typed.trim() !== '') read.mutate({ text: typed, zone, date });
    },
    take: async (taken: File) => {
      const base64 = await base64Of(taken);
      setFile({ name: taken.name, base64 });
      read.mutate({ file: base64, zone, date });
    },
    drop: () => {
      setFile(undefined);
      read.reset();
    },
    nameZone: (named: string) => {
      setZone(named);
      read.mutate({ ...asGiven, zone: named });
    },
    nameDate: (named: string) => {
      setDate(named);
      read.mutate({ ...asGiven, date: named });
    },
  };
}

/** Case number and reason: as the asker types them, else as the letter states them. */
function useCase(read: Read | undefined) {
  const given = useSearch({ strict: false }) as { caseNo?: string };
  const [caseNo, setCaseNo] = useState(given.caseNo === undefined ? undefined : String(given.caseNo));
  const [reason, setReason] = useState<string>();
  const drafts = useCaseDraft('trace.letter');
  const shown = { caseNo: caseNo ?? read?.caseNo ?? '', reason: reason ?? read?.reason ?? '' };
  const fromLetter = (typed: string | undefined, told: string | null | undefined) =>
    typed === undefined && Boolean(told);
  return {
    ...shown,
    drafts,
    setCaseNo: (typed: string) => {
      setCaseNo(typed);
      drafts.save({ ...shown, caseNo: typed });
    },
    setReason: (typed: string) => {
      setReason(typed);
      drafts.save({ ...shown, reason: typed });
    },
    take: (stated: StatedCase) => {
      setCaseNo(stated.caseNo);
      setReason(stated.reason);
    },
    /** Which of them the letter told, for the words that say so. */
    fromLetter: (fromLetter(caseNo, read?.caseNo)
      ? fromLetter(reason, read?.reason)
        ? 'caseRead'
        : 'caseNoRead'
      : fromLetter(reason, read?.reason)
        ? 'reasonRead'
        : null) as 'caseRead' | 'caseNoRead' | 'reasonRead' | null,
  };
}

function LetterText({ letter }: { letter: Letter }) {
  const { t } = useTranslation();
  const { text, file, read } = letter;
  const isPasted = useRef(false);
  return (
    <>
      <Field label={t('complaint.text')}>
        {(id) => (
          <Input.TextArea
            id={id}
            rows={6}
            autoFocus
            value={file ? file.name : text}
            readOnly={file !== undefined}
            placeholder={t('complaint.textExample')}
            onPaste={() => {
              isPasted.current = true;
            }}
            onChange={(event) => {
              letter.type(event.target.value, isPasted.current);
              isPasted.current = false;
            }}
          />
        )}
      </Field>
      <Space wrap>
        <Button
          type={read.data ? 'default' : 'primary'}
          icon={<SearchOutlined aria-hidden="true" />}
          loading={read.isPending}
          disabled={text.trim() === '' && !file}
          onClick={letter.readAgain}
        >
          {t('complaint.read')}
        </Button>
        <Upload
          showUploadList={false}
          accept=".eml,.txt,.log,.xml,.json"
          beforeUpload={(one) => {
            void letter.take(one);
            return false;
          }}
        >
          <Button icon={<FileTextOutlined aria-hidden="true" />}>{t('complaint.file')}</Button>
        </Upload>
        {file ? <Button onClick={letter.drop}>{t('complaint.dropFile')}</Button> : null}
      </Space>
    </>
  );
}

/** What the letter leaves open about its times is asked, never guessed. */
function MissingTimes({ letter, entries }: { letter: Letter; entries: readonly Entry[] }) {
  const { t } = useTranslation();
  const { zone, date } = letter;
  const lacks = (...gaps: readonly string[]) =>
    entries.some((one) => one.missing.some((gap) => gaps.includes(gap)));
  const needsZone = zone !== '' || lacks('no_zone', 'zone_ambiguous');
  const needsDate = date !== '' || lacks('no_date', 'no_year');
  return (
    <>
      {needsZone ? (
        <>
          <Alert type="warning" showIcon title={t('complaint.zoneNeeded')} />
          <ZoneChoice zone={zone} onChoose={letter.nameZone} />
        </>
      ) : null}
      {needsDate ? (
        <Field label={t('complaint.date')}>
          {(id) => (
            <Input
              id={id}
              type="date"
              value={date}
              onChange={(event) => letter.nameDate(event.target.value)}
            />
          )}
        </Field>
      ) : null}
    </>
  );
}

function CaseFields({ stated }: { stated: ReturnType<typeof useCase> }) {
  const { t } = useTranslation();
  return (
    <>
      <CaseOffer drafts={stated.drafts} onTake={stated.take} />
      <div className="jd-complaint__case">
        <Field label={t('complaint.caseNo')}>
          {(id) => (
            <Input
              id={id}
              value={stated.caseNo}
              maxLength={60}
              onChange={(event) => stated.setCaseNo(event.target.value)}
            />
          )}
        </Field>
        <Field label={t('complaint.reason')}>
          {(id) => (
            <Input
              id={id}
              value={stated.reason}
              maxLength={500}
              onChange={(event) => stated.setReason(event.target.value)}
            />
          )}
        </Field>
      </div>
      <CaseNoteAtRest caseNo={stated.caseNo} />
      {stated.fromLetter === null ? null : (
        <p className="jd-faint" style={{ margin: 0 }}>
          {t(`complaint.${stated.fromLetter}`)}
        </p>
      )}
    </>
  );
}

/** More belong into several pastes: each is a full trace with its own entry in the audit log. */
const mostAtOnce = 20;

function useAsk(stated: StatedCase & { readonly drafts: Drafts }) {
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
      await stated.drafts.clear();
      await client.invalidateQueries({ queryKey: ['traces', 'list'] });
      const [only, ...others] = traces;
      if (only && others.length === 0) await navigate({ to: '/trace/$id', params: { id: only.id } });
    },
  });
  return { ...mutation, results, done: results.length };
}

function questionOf(entry: Entry, { caseNo, reason }: { readonly caseNo: string; readonly reason: string }) {
  return {
    ip: entry.ip,
    ...(entry.port === null ? {} : { port: entry.port }),
    ...(entry.proto === null ? {} : { proto: entry.proto }),
    at: entry.at!,
    ...(entry.dstIp === null ? {} : { dstIp: entry.dstIp }),
    ...(entry.dstIp === null || entry.dstPort === null ? {} : { dstPort: entry.dstPort }),
    // With the port the session itself is known; the page tells requests of a proxy apart where it is not.
    ...(entry.url === null || entry.port !== null ? {} : { url: entry.url }),
    ...(entry.forwardedBy === null ? {} : { forwardedBy: entry.forwardedBy }),
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
