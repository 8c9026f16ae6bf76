import { useQuery } from '@tanstack/react-query';
import { listRoleGrants } from '#auth/contract';
import { listFindings } from '#findings/contract';
import { listIncidents } from '#incidents/contract';
import { listTasks, taskSummary } from '#tasks/contract';
import { listReveals } from '#trace/contract';
import { call } from '../../app/api.ts';
import { useCan } from '../../app/session.ts';

/** What waits, each list only asked for when this person may see it. */
export function useHomeWork() {
  const can = useCan();
  const incidents = useQuery({
    queryKey: ['incidents', 'home'],
    queryFn: ({ signal }) => call(listIncidents, { query: { pageSize: 20 } }, { signal }),
    enabled: can('incidents.read'),
  });
  const findings = useQuery({
    queryKey: ['findings', 'home'],
    queryFn: ({ signal }) => call(listFindings, { query: { state: 'open', pageSize: 5 } }, { signal }),
    enabled: can('findings.read'),
  });
  const reveals = useQuery({
    queryKey: ['reveals', 'home'],
    queryFn: ({ signal }) => call(listReveals, { query: { state: 'requested', pageSize: 20 } }, { signal }),
    enabled: can('trace.reveal_approve'),
  });
  const grants = useQuery({
    queryKey: ['role-grants', 'home'],
    queryFn: ({ signal }) => call(listRoleGrants, { query: { state: 'proposed', pageSize: 50 } }, { signal }),
    enabled: can('roles.approve') && can('accounts.read'),
  });
  const tasks = useQuery({
    queryKey: ['tasks', 'home'],
    queryFn: ({ signal }) => call(listTasks, { query: { view: 'mine', pageSize: 8 } }, { signal }),
    enabled: can('tasks.work'),
  });
  const summary = useQuery({
    queryKey: ['tasks', 'home', 'summary'],
    queryFn: ({ signal }) => call(taskSummary, {}, { signal }),
    enabled: can('tasks.work'),
  });
  const lists = [incidents, findings, reveals, grants, tasks];
  const isKnown = lists.every((list) => !list.isLoading && !list.isError);
  const open = incidents.data?.items.filter((item) => item.closedAt === null).length ?? 0;
  const waiting =
    (reveals.data?.items.filter((item) => !item.requestedByMe).length ?? 0) + (grants.data?.total ?? 0);
  const toDo = (findings.data?.total ?? 0) + (tasks.data?.total ?? 0);
  return {
    incidents,
    findings,
    reveals,
    grants,
    tasks,
    summary,
    isIdle: isKnown && open + waiting + toDo === 0,
  };
}

export type HomeWork = ReturnType<typeof useHomeWork>;
