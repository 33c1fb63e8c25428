import { QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { createBrowserRouter, Navigate, RouterProvider, useParams } from "react-router";
import { Reached } from "./components/states.tsx";
import { DisplayDefaults } from "./shell/display-defaults.tsx";
import { LiveProvider } from "./shell/live-context.tsx";
import { createSessionClient, SessionGate } from "./shell/session.tsx";
import { Shell } from "./shell/shell.tsx";
import { AntdProvider } from "./theme/provider.tsx";
import { ThemeProvider } from "./theme/theme-context.tsx";

const OverviewPage = lazy(() => import("./pages/overview/overview-page.tsx"));
const SitesPage = lazy(() => import("./pages/sites/sites-page.tsx"));
const MonitorPage = lazy(() => import("./pages/monitor/monitor-page.tsx"));
const RacksPage = lazy(() => import("./pages/racks/racks-page.tsx"));
const CollectorPage = lazy(() => import("./pages/collector/collector-page.tsx"));
const MinerPage = lazy(() => import("./pages/miner/miner-page.tsx"));
const CoolingPage = lazy(() => import("./pages/cooling/cooling-page.tsx"));
const CoolingUnitPage = lazy(() => import("./pages/cooling/unit-page.tsx"));
const ProfitabilityPage = lazy(() => import("./pages/profitability/profitability-page.tsx"));
const PoolPage = lazy(() => import("./pages/pool/pool-page.tsx"));
const PoolUserPage = lazy(() => import("./pages/pool/pool-user-page.tsx"));
const PoolAccountsPage = lazy(() => import("./pages/pool-accounts/pool-accounts-page.tsx"));
const PoolAccountPage = lazy(() => import("./pages/pool-accounts/pool-account-page.tsx"));
const AlertsPage = lazy(() => import("./pages/alerts/alerts-page.tsx"));
const RulesPage = lazy(() => import("./pages/alerts/rules-page.tsx"));
const RulePage = lazy(() => import("./pages/alerts/rule-page.tsx"));
const ChannelsPage = lazy(() => import("./pages/alerts/channels-page.tsx"));
const SilencesPage = lazy(() => import("./pages/alerts/silences-page.tsx"));
const OnCallPage = lazy(() => import("./pages/alerts/on-call-page.tsx"));
const StatisticsPage = lazy(() => import("./pages/alerts/statistics-page.tsx"));
const CommandsPage = lazy(() => import("./pages/commands/commands-page.tsx"));
const AutomationsPage = lazy(() => import("./pages/automations/automations-page.tsx"));
const AuditPage = lazy(() => import("./pages/audit/audit-page.tsx"));
const SettingsPage = lazy(() => import("./pages/settings/settings-page.tsx"));
const ReportsPage = lazy(() => import("./pages/reports/reports-page.tsx"));
const JobsPage = lazy(() => import("./pages/jobs/jobs-page.tsx"));
const CustomersPage = lazy(() => import("./pages/customers/customers-page.tsx"));
const WebhooksPage = lazy(() => import("./pages/settings/webhooks-page.tsx"));
const RolesPage = lazy(() => import("./pages/access/roles-page.tsx"));
const SessionsPage = lazy(() => import("./pages/access/sessions-page.tsx"));
const TokensPage = lazy(() => import("./pages/access/tokens-page.tsx"));
const ProvidersPage = lazy(() => import("./pages/access/providers-page.tsx"));
const KeysPage = lazy(() => import("./pages/access/keys-page.tsx"));
const UsersPage = lazy(() => import("./pages/users/users-page.tsx"));
const AccountPage = lazy(() => import("./pages/account/account-page.tsx"));
const WallPage = lazy(() => import("./pages/wall/wall-page.tsx"));
const LivePage = lazy(() => import("./pages/video/live-page.tsx"));
const CamerasPage = lazy(() => import("./pages/video/cameras-page.tsx"));
const RecordingsPage = lazy(() => import("./pages/video/recordings-page.tsx"));
const VideoWallPage = lazy(() => import("./pages/video/video-wall-page.tsx"));
const NotFoundPage = lazy(() => import("./pages/not-found/not-found-page.tsx"));
const StoriesPage = __STORIES__ ? lazy(() => import("./pages/stories/stories-page.tsx")) : NotFoundPage;

/** A site's own address leads to what people come for: its live table. */
function ToMonitor() {
  const { siteId = "" } = useParams();
  return <Navigate to={`/monitor/${encodeURIComponent(siteId)}`} replace />;
}

const router = createBrowserRouter([
  {
    path: "/wall",
    element: (
      <Suspense>
        <WallPage />
      </Suspense>
    ),
  },
  {
    element: <Reached needs="video.watch" what="video.title" />,
    children: [
      {
        path: "/video/wall",
        element: (
          <Suspense>
            <VideoWallPage />
          </Suspense>
        ),
      },
    ],
  },
  {
    element: <Shell />,
    children: [
      { path: "/", element: <OverviewPage /> },
      { path: "/sign-in", element: <Navigate to="/" replace /> },
      { path: "/sites", element: <SitesPage /> },
      { path: "/sites/:siteId", element: <ToMonitor /> },
      { path: "/sites/:siteId/racks", element: <RacksPage /> },
      { path: "/sites/:siteId/collector", element: <CollectorPage /> },
      { path: "/monitor/:siteId", element: <MonitorPage /> },
      { path: "/miners/:siteId/:minerId", element: <MinerPage /> },
      {
        element: <Reached needs="reading.read" what="cooling.title" />,
        children: [
          { path: "/cooling", element: <CoolingPage /> },
          { path: "/cooling/:siteId/:host", element: <CoolingUnitPage /> },
        ],
      },
      {
        element: <Reached needs="video.watch" what="video.title" />,
        children: [
          { path: "/video", element: <LivePage /> },
          { path: "/video/cameras", element: <CamerasPage /> },
          { path: "/video/recordings/:siteId/:cameraId", element: <RecordingsPage /> },
        ],
      },
      {
        element: <Reached needs="site.read" what="profit.title" />,
        children: [{ path: "/profitability", element: <ProfitabilityPage /> }],
      },
      {
        element: <Reached everywhere needs="pool.read" what="pool.title" />,
        children: [
          { path: "/pool", element: <PoolPage /> },
          { path: "/pool/users/:puid", element: <PoolUserPage /> },
        ],
      },
      {
        element: <Reached needs="pool.read" what="pool.title" />,
        children: [
          { path: "/pool-accounts", element: <PoolAccountsPage /> },
          { path: "/pool-accounts/:accountNo", element: <PoolAccountPage /> },
        ],
      },
      {
        element: <Reached needs="alert.read" what="alerts.title" />,
        children: [
          { path: "/alerts", element: <AlertsPage key="active" view="active" /> },
          { path: "/alerts/history", element: <AlertsPage key="history" view="history" /> },
          { path: "/alerts/rules", element: <RulesPage /> },
          { path: "/alerts/rules/:ruleId", element: <RulePage /> },
          { path: "/alerts/silences", element: <SilencesPage /> },
          { path: "/alerts/statistics", element: <StatisticsPage /> },
        ],
      },
      {
        element: <Reached everywhere needs="alert.read" what="alerts.tab.channels" />,
        children: [{ path: "/alerts/channels", element: <ChannelsPage /> }],
      },
      {
        element: <Reached everywhere needs="alert.read" what="alerts.tab.onCall" />,
        children: [{ path: "/alerts/on-call", element: <OnCallPage /> }],
      },
      { path: "/commands", element: <CommandsPage /> },
      {
        element: <Reached needs="command.read" what="automations.title" />,
        children: [{ path: "/automations", element: <AutomationsPage /> }],
      },
      { path: "/audit", element: <AuditPage /> },
      { path: "/settings", element: <SettingsPage /> },
      { path: "/reports", element: <ReportsPage /> },
      { path: "/reports/kept", element: <ReportsPage tab="kept" /> },
      { path: "/reports/schedules", element: <ReportsPage tab="schedules" /> },
      { path: "/settings/jobs", element: <JobsPage /> },
      { path: "/settings/webhooks", element: <WebhooksPage /> },
      { path: "/settings/customers", element: <CustomersPage /> },
      { path: "/users", element: <UsersPage /> },
      { path: "/users/roles", element: <RolesPage /> },
      { path: "/users/sessions", element: <SessionsPage /> },
      { path: "/users/tokens", element: <TokensPage /> },
      { path: "/users/providers", element: <ProvidersPage /> },
      { path: "/users/keys", element: <KeysPage /> },
      { path: "/account", element: <AccountPage /> },
      { path: "/dev/components", element: <StoriesPage /> },
      { path: "*", element: <NotFoundPage /> },
    ],
  },
]);

const queryClient = createSessionClient();

/** The whole program, in the order its parts need each other. */
export function App() {
  return (
    <ThemeProvider>
      <AntdProvider>
        <QueryClientProvider client={queryClient}>
          <SessionGate>
            <DisplayDefaults>
              <LiveProvider>
                <RouterProvider router={router} />
              </LiveProvider>
            </DisplayDefaults>
          </SessionGate>
        </QueryClientProvider>
      </AntdProvider>
    </ThemeProvider>
  );
}
