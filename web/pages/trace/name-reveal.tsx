import { EyeOutlined, LockOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Popconfirm, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import {
  decideReveal,
  listReveals,
  nameAnnexFile,
  openReveal,
  requestReveal,
  type Trace,
} from '#trace/contract';
import { call, download, type RouteReply } from '../../app/api.ts';
import { CaseNoteOfForm } from '../../app/case-note.tsx';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useCan } from '../../app/session.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { dateTime } from '../../ui/moment.ts';
import { Facts } from '../../ui/panel.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { Secret } from '../../ui/secret.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import type { Candidate } from './candidate-panel.tsx';

type Reveal = RouteReply<typeof listReveals>['items'][number];

interface NameRevealProps {
  readonly trace: Trace;
  readonly candidate: Candidate;
  readonly number: number;
}

/** The sealed name and the way to it: ask, a second person approves, the one who asked looks, all of it logged. */
export function NameReveal({ trace, candidate, number }: NameRevealProps) {
  const { t } = useTranslation();
  const can = useCan();
  const query = useQuery({
    queryKey: ['reveals', trace.id],
    queryFn: ({ signal }) => call(listReveals, { query: { traceId: trace.id, pageSize: 50 } }, { signal }),
    enabled: candidate.person.known,
  });
  if (!candidate.person.known) return <StatusTag tone="warn">{t('trace.nobody')}</StatusTag>;
  const mine = (query.data?.items ?? []).filter((reveal) => reveal.candidate === number);
  const active = mine.find((reveal) => reveal.state === 'requested' || reveal.state === 'approved');
  const refused = mine.find((reveal) => reveal.state === 'refused');
  return (
    <Space orientation="vertical" size={8}>
      {active?.state === 'approved' ? null : <Secret />}
      {candidate.person.protected ? <StatusTag tone="warn">{t('trace.minor')}</StatusTag> : null}
      {query.isError ? <ErrorView error={query.error} onRetry={() => void query.refetch()} /> : null}
      {active === undefined && refused !== undefined ? (
        <StatusTag tone="danger">{t('trace.refusedBy', { name: refused.decidedBy ?? '' })}</StatusTag>
      ) : null}
      {active === undefined && query.isSuccess && can('trace.reveal_request') ? (
        <RequestName trace={trace} number={number} isMinor={candidate.person.protected === true} />
      ) : null}
      {active?.state === 'requested' ? <Waiting reveal={active} /> : null}
      {active?.state === 'approved' ? <Approved reveal={active} /> : null}
    </Space>
  );
}

function RequestName({ trace, number, isMinor }: { trace: Trace; number: number; isMinor: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  return (
    <FormDrawer label={t('trace.reveal')} icon={<LockOutlined aria-hidden="true" />} size="small">
      {(close) => (
        <SchemaForm
          schema={requestReveal.body!}
          fixed={{ candidate: number }}
          initial={{ caseNo: trace.caseNo }}
          fields={{
            caseNo: { label: t('trace.caseNo'), help: <CaseNoteOfForm /> },
            reason: { label: t('trace.reason'), widget: 'textarea', autoFocus: true },
            ...(isMinor && {
              legalGround: { label: t('trace.legalGround'), help: t('trace.legalGroundHelp') },
            }),
          }}
          extra={t('trace.revealHint')}
          submitLabel={t('trace.reveal')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(requestReveal, { params: { id: trace.id }, body });
            await client.invalidateQueries({ queryKey: ['reveals'] });
            void message.success(t('trace.revealSent'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}

function Waiting({ reveal }: { reveal: Reveal }) {
  const { t } = useTranslation();
  const can = useCan();
  const client = useQueryClient();
  const decide = useMutation({
    mutationFn: (approve: boolean) => call(decideReveal, { params: { id: reveal.id }, body: { approve } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['reveals'] }),
  });
  if (reveal.requestedByMe) return <StatusTag tone="waiting">{t('trace.revealMine')}</StatusTag>;
  return (
    <>
      <StatusTag tone="waiting">{t('trace.revealWaiting', { name: reveal.requestedBy })}</StatusTag>
      <Facts
        small
        items={[
          [t('trace.caseNo'), reveal.caseNo],
          [t('trace.reason'), reveal.reason],
          [t('trace.legalGround'), reveal.legalGround],
        ]}
      />
      {can('trace.reveal_approve') ? (
        <Space>
          <Popconfirm title={t('trace.decide')} onConfirm={() => decide.mutate(true)}>
            <Button type="primary" size="small" loading={decide.isPending}>
              {t('trace.approve')}
            </Button>
          </Popconfirm>
          <Button size="small" danger loading={decide.isPending} onClick={() => decide.mutate(false)}>
            {t('trace.refuse')}
          </Button>
        </Space>
      ) : null}
      {decide.isError ? <ErrorView error={decide.error} /> : null}
    </>
  );
}

function Approved({ reveal }: { reveal: Reveal }) {
  const { t } = useTranslation();
  const open = useMutation({ mutationFn: () => call(openReveal, { params: { id: reveal.id } }) });
  if (!reveal.requestedByMe) {
    return (
      <>
        <Secret />
        <StatusTag tone="ok">{t('trace.decided')}</StatusTag>
      </>
    );
  }
  if (open.data) return <OpenedName opened={open.data} revealId={reveal.id} />;
  return (
    <>
      <Secret />
      <Space wrap>
        <Button
          size="small"
          type="primary"
          icon={<EyeOutlined aria-hidden="true" />}
          loading={open.isPending}
          onClick={() => open.mutate()}
        >
          {t('trace.openName')}
        </Button>
        {reveal.expiresAt === null ? null : (
          <span className="jd-faint jd-num">
            {t('trace.openUntil', { time: dateTime(reveal.expiresAt) })}
          </span>
        )}
      </Space>
      {open.isError ? <ErrorView error={open.error} /> : null}
    </>
  );
}

/** The name, kept in this component only: it is in no cache, and leaving the page forgets it. */
function OpenedName({ opened, revealId }: { opened: RouteReply<typeof openReveal>; revealId: string }) {
  const { t } = useTranslation();
  const annex = useMutation({
    mutationFn: () => download(nameAnnexFile, { params: { id: revealId, format: 'pdf' } }, 'annex.pdf'),
  });
  return (
    <div className="jd-name">
      <Secret value={<strong>{opened.name}</strong>} />
      <Facts
        small
        items={[
          [t('trace.personNo'), opened.personNo],
          [t('trace.unit'), opened.unitName],
          [t('trace.room'), opened.room],
          [t('trace.watermark'), opened.watermark],
        ]}
      />
      <Button size="small" loading={annex.isPending} onClick={() => annex.mutate()}>
        {t('complaint.annex')}
      </Button>
      {annex.isError ? <ErrorView error={annex.error} /> : null}
    </div>
  );
}
