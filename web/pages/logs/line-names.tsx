import { EyeOutlined, LockOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { listLogReveals, openLogReveal, requestLogReveal } from '#logs/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { CaseNoteOfForm } from '../../app/case-note.tsx';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useCan } from '../../app/session.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { dateTime } from '../../ui/moment.ts';
import { Facts } from '../../ui/panel.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { Secret } from '../../ui/secret.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';

type Reveal = RouteReply<typeof listLogReveals>['items'][number];

interface LineNamesProps {
  readonly segment: number;
  readonly seq: number;
  readonly names: readonly { readonly kind: 'user' | 'device'; readonly token: string }[];
}

/** The names in a raw line, as tokens, and the way to each: ask, another person agrees, look. */
export function LineNames({ segment, seq, names }: LineNamesProps) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['log-reveals', segment, seq],
    queryFn: ({ signal }) => call(listLogReveals, { query: { segment, seq, pageSize: 50 } }, { signal }),
  });
  return (
    <section aria-label={t('logSearch.names')} style={{ marginTop: 16 }}>
      <h3>{t('logSearch.names')}</h3>
      <p className="jd-faint">{t('logSearch.namesHint')}</p>
      {query.isError ? <ErrorView error={query.error} onRetry={() => void query.refetch()} /> : null}
      {names.map(({ kind, token }) => {
        const of = query.data?.items.filter((one) => one.token === token && one.requestedByMe) ?? [];
        const active = of.find(({ state }) => state === 'requested' || state === 'approved');
        return (
          <Space key={token} wrap style={{ display: 'flex', marginBottom: 8 }}>
            <span>{t(kind === 'user' ? 'logSearch.kindUser' : 'logSearch.kindDevice')}</span>
            <span className="jd-mono">{token}</span>
            {active === undefined && query.isSuccess ? (
              <AskName segment={segment} seq={seq} token={token} />
            ) : null}
            {active?.state === 'requested' ? (
              <StatusTag tone="waiting">{t('logSearch.requested')}</StatusTag>
            ) : null}
            {active?.state === 'approved' ? <OpenName reveal={active} /> : null}
          </Space>
        );
      })}
    </section>
  );
}

function AskName({ segment, seq, token }: { segment: number; seq: number; token: string }) {
  const { t } = useTranslation();
  const can = useCan();
  const client = useQueryClient();
  const { message } = App.useApp();
  if (!can('logs.reveal_request')) return null;
  return (
    <FormDrawer label={t('logSearch.reveal')} icon={<LockOutlined aria-hidden="true" />} size="small">
      {(close) => (
        <SchemaForm
          schema={requestLogReveal.body!}
          fixed={{ token }}
          fields={{
            caseNo: { label: t('logSearch.caseNo'), autoFocus: true, help: <CaseNoteOfForm /> },
            reason: { label: t('logSearch.reason'), widget: 'textarea' },
          }}
          extra={t('logSearch.namesHint')}
          submitLabel={t('logSearch.reveal')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(requestLogReveal, { params: { id: segment, seq }, body });
            await client.invalidateQueries({ queryKey: ['log-reveals'] });
            void message.success(t('logSearch.revealSent'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}

/** Shows an approved name on demand. It is kept in this component only: in no cache, and gone with the page. */
export function OpenName({ reveal }: { reveal: Reveal }) {
  const { t } = useTranslation();
  const open = useMutation({ mutationFn: () => call(openLogReveal, { params: { id: reveal.id } }) });
  if (open.data) {
    return (
      <div className="jd-name">
        <Secret value={<strong>{open.data.name}</strong>} />
        <Facts small items={[[t('trace.watermark'), open.data.watermark]]} />
      </div>
    );
  }
  return (
    <Space wrap>
      <Button
        size="small"
        type="primary"
        icon={<EyeOutlined aria-hidden="true" />}
        loading={open.isPending}
        onClick={() => open.mutate()}
      >
        {t('logSearch.openName')}
      </Button>
      {reveal.expiresAt === null ? null : (
        <span className="jd-faint jd-num">
          {t('logSearch.openUntil', { time: dateTime(reveal.expiresAt) })}
        </span>
      )}
      {open.isError ? <ErrorView error={open.error} /> : null}
    </Space>
  );
}
