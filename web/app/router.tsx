import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { CheckAccess } from './check-access.tsx';
import { PageFailed, PageLoading, PageMissing } from './page-states.tsx';
import { sessionQuery } from './session.ts';
import { Shell } from './shell.tsx';

const root = createRootRouteWithContext<{ client: QueryClient }>()({
  component: Outlet,
  beforeLoad: async ({ context, location }) => {
    if (/^\/(ack|received)\//.test(location.pathname)) return;
    const session = await context.client.ensureQueryData(sessionQuery);
    if (session.setupNeeded && location.pathname !== '/setup') throw redirect({ to: '/setup' });
  },
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search): { to?: string } => (typeof search.to === 'string' ? { to: search.to } : {}),
  component: lazyRouteComponent(() => import('../pages/auth/sign-in-page.tsx'), 'SignInPage'),
});

const ssoResult = createRoute({
  getParentRoute: () => root,
  path: '/sso-result',
  validateSearch: (search): { code?: string } =>
    typeof search.code === 'string' ? { code: search.code } : {},
  component: lazyRouteComponent(() => import('../pages/sso/sso-result-page.tsx'), 'SsoResultPage'),
});

const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  component: lazyRouteComponent(() => import('../pages/auth/setup-page.tsx'), 'SetupPage'),
});

const acknowledge = createRoute({
  getParentRoute: () => root,
  path: '/ack/$token',
  component: lazyRouteComponent(() => import('../pages/incidents/acknowledge-page.tsx'), 'AcknowledgePage'),
});

const received = createRoute({
  getParentRoute: () => root,
  path: '/received/$token',
  component: lazyRouteComponent(() => import('../pages/notify/received-page.tsx'), 'ReceivedPage'),
});

const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    const { user } = await context.client.ensureQueryData(sessionQuery);
    if (user === null)
      throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { to: location.href } });
    const first = pageFirst(user.mustFirst);
    if (first !== undefined && location.pathname !== first) throw redirect({ to: first });
  },
});

/** The only page that answers while something must be done first: another password, a second factor. */
function pageFirst(mustFirst: string | null): '/password' | '/security' | undefined {
  if (mustFirst === null) return undefined;
  return mustFirst.startsWith('auth.factor') ? '/security' : '/password';
}

/** A page behind the sign-in. Its search part is free text: each list reads its own (`ui/list-state.ts`). */
function page<const Path extends string>(
  path: Path,
  load: () => Promise<Record<string, unknown>>,
  name: string,
  permission?: string,
) {
  const Page = lazyRouteComponent(load as never, name as never);
  return createRoute({
    getParentRoute: () => inside,
    path,
    validateSearch: (search: Record<string, unknown>): Record<string, unknown> => search,
    component:
      permission === undefined
        ? Page
        : () => (
            <CheckAccess permission={permission}>
              <Page />
            </CheckAccess>
          ),
  });
}

const routeTree = root.addChildren([
  signIn,
  ssoResult,
  setup,
  acknowledge,
  received,
  inside.addChildren([
    page('/', () => import('../pages/home/home-page.tsx'), 'HomePage'),
    page('/password', () => import('../pages/auth/password-page.tsx'), 'PasswordPage'),
    page('/security', () => import('../pages/security/security-page.tsx'), 'SecurityPage'),
    page(
      '/sign-in-security',
      () => import('../pages/security/sign-in-admin-page.tsx'),
      'SignInAdminPage',
      'accounts.read',
    ),
    page('/exports', () => import('../pages/auth/exports-page.tsx'), 'ExportsPage'),
    page('/messages', () => import('../pages/notify/messages-page.tsx'), 'MessagesPage'),
    page('/channels', () => import('../pages/notify/channels-page.tsx'), 'ChannelsPage', 'notify.channels'),
    page(
      '/message-templates',
      () => import('../pages/notify/templates-page.tsx'),
      'TemplatesPage',
      'notify.templates',
    ),
    page('/escalation', () => import('../pages/notify/chains-page.tsx'), 'ChainsPage', 'notify.chains'),
    page('/units', () => import('../pages/units/units-page.tsx'), 'UnitsPage', 'units.read'),
    page('/units/$id', () => import('../pages/units/unit-page.tsx'), 'UnitPage', 'units.read'),
    page(
      '/unit-changes',
      () => import('../pages/units/unit-changes-page.tsx'),
      'UnitChangesPage',
      'units.read',
    ),
    page('/people', () => import('../pages/units/people-page.tsx'), 'PeoplePage', 'people.read'),
    page(
      '/people/duplicates',
      () => import('../pages/units/duplicates-page.tsx'),
      'DuplicatesPage',
      'people.read',
    ),
    page('/people/$id', () => import('../pages/units/person-page.tsx'), 'PersonPage', 'people.read'),
    page(
      '/post-exceptions',
      () => import('../pages/units/exceptions-page.tsx'),
      'ExceptionsPage',
      'people.read',
    ),
    page(
      '/certificates',
      () => import('../pages/units/certificates-page.tsx'),
      'CertificatesPage',
      'people.read',
    ),
    page('/call-backs', () => import('../pages/units/calls-page.tsx'), 'CallsPage', 'people.read'),
    page(
      '/five-in-place',
      () => import('../pages/units/five-matrix-page.tsx'),
      'FiveMatrixPage',
      'people.read',
    ),
    page(
      '/units/$id/people',
      () => import('../pages/units/unit-people-page.tsx'),
      'UnitPeoplePage',
      'people.read',
    ),
    page('/sites', () => import('../pages/sites/sites-page.tsx'), 'SitesPage', 'sites.read'),
    page('/sites/$id', () => import('../pages/sites/site-page.tsx'), 'SitePage', 'sites.read'),
    page('/devices', () => import('../pages/addresses/devices-page.tsx'), 'DevicesPage', 'addresses.read'),
    page(
      '/devices/discovered',
      () => import('../pages/addresses/discovered-page.tsx'),
      'DiscoveredPage',
      'addresses.read',
    ),
    page(
      '/devices/labels',
      () => import('../pages/addresses/device-labels-page.tsx'),
      'DeviceLabelsPage',
      'addresses.read',
    ),
    page('/devices/$id', () => import('../pages/addresses/device-page.tsx'), 'DevicePage', 'addresses.read'),
    page(
      '/addresses/pollers',
      () => import('../pages/addresses/pollers-page.tsx'),
      'PollersPage',
      'addresses.poll',
    ),
    page(
      '/allocations',
      () => import('../pages/addresses/allocations-page.tsx'),
      'AllocationsPage',
      'addresses.read',
    ),
    page('/tasks', () => import('../pages/tasks/tasks-page.tsx'), 'TasksPage', 'tasks.work'),
    page('/tasks/ask', () => import('../pages/tasks/ask-page.tsx'), 'AskPage', 'tasks.ask'),
    page('/tasks/requests', () => import('../pages/tasks/requests-page.tsx'), 'RequestsPage', 'tasks.team'),
    page('/tasks/requests/$id', () => import('../pages/tasks/request-page.tsx'), 'RequestPage', 'tasks.team'),
    page('/tasks/progress', () => import('../pages/tasks/progress-page.tsx'), 'ProgressPage', 'tasks.team'),
    page('/tasks/rules', () => import('../pages/tasks/rules-page.tsx'), 'TaskRulesPage', 'tasks.policy'),
    page('/tasks/$id', () => import('../pages/tasks/task-page.tsx'), 'TaskPage', 'tasks.work'),
    page('/findings', () => import('../pages/findings/findings-page.tsx'), 'FindingsPage', 'findings.read'),
    page(
      '/findings/orders',
      () => import('../pages/findings/orders-page.tsx'),
      'OrdersPage',
      'findings.read',
    ),
    page(
      '/findings/ignored',
      () => import('../pages/findings/ignored-page.tsx'),
      'IgnoredPage',
      'findings.read',
    ),
    page(
      '/findings/by-school',
      () => import('../pages/findings/by-school-page.tsx'),
      'BySchoolPage',
      'findings.read',
    ),
    page(
      '/findings/precision',
      () => import('../pages/findings/precision-page.tsx'),
      'PrecisionPage',
      'findings.read',
    ),
    page('/findings/$id', () => import('../pages/findings/finding-page.tsx'), 'FindingPage', 'findings.read'),
    page(
      '/incidents',
      () => import('../pages/incidents/incidents-page.tsx'),
      'IncidentsPage',
      'incidents.read',
    ),
    page(
      '/incidents/report',
      () => import('../pages/incidents/report-page.tsx'),
      'ReportPage',
      'incidents.report',
    ),
    page(
      '/incidents/$id',
      () => import('../pages/incidents/incident-page.tsx'),
      'IncidentPage',
      'incidents.read',
    ),
    page('/policy', () => import('../pages/incidents/policy-page.tsx'), 'PolicyPage', 'incidents.policy'),
    page('/trace', () => import('../pages/trace/trace-page.tsx'), 'TracePage', 'trace.run'),
    page(
      '/trace/report',
      () => import('../pages/trace/privacy-report-page.tsx'),
      'PrivacyReportPage',
      'trace.report',
    ),
    page('/trace/drills', () => import('../pages/trace/drills-page.tsx'), 'DrillsPage', 'trace.run'),
    page('/trace/drills/$id', () => import('../pages/trace/drill-page.tsx'), 'DrillPage', 'trace.run'),
    page('/trace/coverage', () => import('../pages/trace/coverage-page.tsx'), 'CoveragePage', 'trace.run'),
    page('/tools/nat-sizing', () => import('../pages/trace/nat-sizing-page.tsx'), 'NatSizingPage'),
    page('/trace/runs/$id', () => import('../pages/trace/bulk-run-page.tsx'), 'BulkRunPage', 'trace.run'),
    page('/trace/$id', () => import('../pages/trace/trace-result-page.tsx'), 'TraceResultPage', 'trace.run'),
    page('/shield', () => import('../pages/shield/shield-page.tsx'), 'ShieldPage', 'shield.read'),
    page('/logs', () => import('../pages/logs/logs-page.tsx'), 'LogsPage', 'logs.read'),
    page(
      '/logs/completeness',
      () => import('../pages/logs/completeness-page.tsx'),
      'CompletenessPage',
      'logs.read',
    ),
    page('/logs/forward', () => import('../pages/logs/forward-page.tsx'), 'ForwardPage', 'logs.read'),
    page(
      '/logs/retention',
      () => import('../pages/logs/retention-page.tsx'),
      'RetentionPage',
      'logs.retention',
    ),
    page('/logs/sources', () => import('../pages/logs/sources-page.tsx'), 'SourcesPage', 'logs.read'),
    page('/logs/sources/$id', () => import('../pages/logs/source-page.tsx'), 'SourcePage', 'logs.read'),
    page('/campaigns', () => import('../pages/watch/campaigns-page.tsx'), 'CampaignsPage', 'sites.read'),
    page('/campaigns/$id', () => import('../pages/watch/campaign-page.tsx'), 'CampaignPage', 'sites.read'),
    page('/changes/$id', () => import('../pages/watch/change-page.tsx'), 'ChangePage', 'sites.read'),
    page('/checks/$id', () => import('../pages/watch/check-page.tsx'), 'CheckPage', 'sites.read'),
    page('/watch', () => import('../pages/watch/wall-page.tsx'), 'WallPage', 'sites.read'),
    page(
      '/watch/settings',
      () => import('../pages/watch/settings-page.tsx'),
      'WatchSettingsPage',
      'sites.read',
    ),
    page('/documents', () => import('../pages/documents/documents-page.tsx'), 'DocumentsPage'),
    page('/words', () => import('../pages/watch/words-page.tsx'), 'WordsPage', 'words.read'),
    page('/permissions', () => import('../pages/auth/permissions-page.tsx'), 'PermissionsPage'),
    page('/users', () => import('../pages/auth/users-page.tsx'), 'UsersPage', 'accounts.read'),
    page(
      '/sign-in-methods',
      () => import('../pages/sso/sign-in-methods-page.tsx'),
      'SignInMethodsPage',
      'sso.read',
    ),
    page('/audit', () => import('../pages/audit/audit-page.tsx'), 'AuditPage', 'audit.read'),
  ]),
]);

/** The router over `client`; each page is its own chunk, fetched when a link to it gets the pointer or focus. */
export function makeRouter(client: QueryClient) {
  return createRouter({
    routeTree,
    context: { client },
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    defaultNotFoundComponent: PageMissing,
    defaultErrorComponent: PageFailed,
    defaultPendingComponent: PageLoading,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
