import { type UseQueryResult, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { App, Button, Checkbox } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { decideRole, type listRoleGrants } from '#auth/contract';
import type { listReveals } from '#trace/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { useLanguage } from '../../app/i18n.ts';
import { useUser } from '../../app/session.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { Panel } from '../../ui/panel.tsx';

interface WaitingProps {
  readonly reveals: UseQueryResult<RouteReply<typeof listReveals>>;
  readonly grants: UseQueryResult<RouteReply<typeof listRoleGrants>>;
}

/**
 * What others asked for and this person can decide. Roles can be approved several at once; each name that is
 * to be revealed is looked at by itself. One's own requests are not among them.
 */
export function WaitingForMe({ reveals, grants }: WaitingProps) {
  const { t } = useTranslation();
  const user = useUser();
  const asked = reveals.data?.items.filter((item) => !item.requestedByMe) ?? [];
  const proposed = grants.data?.items.filter((grant) => grant.proposedBy !== user.name) ?? [];
  const failure = reveals.error ?? grants.error;
  return (
    <Panel title={t('home.waiting')}>
      {failure ? <ErrorView error={failure} /> : null}
      {!failure && asked.length + proposed.length === 0 ? (
        <p className="jd-faint">{t('home.waitingNone')}</p>
      ) : null}
      <ul className="jd-todo">
        {asked.map((reveal) => (
          <li key={reveal.id} className="jd-todo__item">
            <div className="jd-todo__words">
              {t('home.reveal', { caseNo: reveal.caseNo })}
              <div className="jd-faint jd-num" style={{ fontSize: 13 }}>
                {t('home.revealBy', { name: reveal.requestedBy, time: dateMinute(reveal.requestedAt) })}
              </div>
            </div>
            <Link to="/trace/$id" params={{ id: reveal.traceId }}>
              {t('home.handle')}
            </Link>
          </li>
        ))}
      </ul>
      {proposed.length > 0 ? <RoleQueue proposed={proposed} /> : null}
    </Panel>
  );
}

type Grant = RouteReply<typeof listRoleGrants>['items'][number];

function RoleQueue({ proposed }: { proposed: readonly Grant[] }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const { busy, approve } = useApproval(() => setChosen([]));
  const wanted = proposed.filter((grant) => chosen.includes(grant.id));
  return (
    <>
      {proposed.length > 1 ? (
        <Checkbox
          checked={wanted.length === proposed.length}
          indeterminate={wanted.length > 0 && wanted.length < proposed.length}
          onChange={(event) => setChosen(event.target.checked ? proposed.map((grant) => grant.id) : [])}
        >
          {t('homes.selectAll')}
        </Checkbox>
      ) : null}
      <ul className="jd-todo">
        {proposed.map((grant) => (
          <li key={grant.id} className="jd-todo__item">
            <Checkbox
              className="jd-todo__words"
              checked={chosen.includes(grant.id)}
              onChange={(event) =>
                setChosen(
                  event.target.checked ? [...chosen, grant.id] : chosen.filter((id) => id !== grant.id),
                )
              }
            >
              {t('home.grant', { name: grant.name, role: words('role', grant.role) })}
              <div className="jd-faint" style={{ fontSize: 13 }}>
                {t('home.grantBy', { name: grant.proposedBy })}
              </div>
            </Checkbox>
            <Link to="/users" search={{ tab: 'grants', state: 'proposed' }}>
              {t('home.handle')}
            </Link>
          </li>
        ))}
      </ul>
      <Button
        type="primary"
        disabled={wanted.length === 0}
        loading={busy}
        onClick={() => void approve(wanted.map((grant) => grant.id))}
      >
        {t('homes.approveChosen', { count: wanted.length })}
      </Button>
    </>
  );
}

/** Approves one after the other: one that is refused does not stop the others, and is told. */
function useApproval(onDone: () => void) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const language = useLanguage();
  const { message } = App.useApp();
  const [busy, setBusy] = useState(false);
  async function approve(ids: readonly string[]) {
    setBusy(true);
    const failures: unknown[] = [];
    for (const id of ids) {
      try {
        await call(decideRole, { params: { id }, body: { approve: true } });
      } catch (error) {
        failures.push(error);
      }
    }
    setBusy(false);
    if (failures.length < ids.length)
      void message.success(t('homes.approved', { count: ids.length - failures.length }));
    if (failures.length > 0) {
      const why = wordsForError(failures[0])[language];
      void message.error(t('homes.approveFailed', { count: failures.length, why }));
    }
    onDone();
    await client.invalidateQueries({ queryKey: ['role-grants'] });
  }
  return { busy, approve };
}
