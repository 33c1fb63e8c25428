import { ListJobs } from "@banksman/wire/api";
import { useRoute } from "../../api/query.ts";
import { ErrorState, Forbidden, SkeletonRows } from "../../components/states.tsx";
import { useSession } from "../../shell/session.tsx";
import { SettingsFrame } from "../settings/settings-frame.tsx";
import { JobTable } from "./job-table.tsx";
import { LoopsPanel } from "./loops-panel.tsx";
import { RunningPanel } from "./running-panel.tsx";
import { RunsPanel } from "./runs-panel.tsx";

const EVERY_MS = 2_000;

/** What runs at its times: now, next and lately, and what goes round beside it. */
export default function JobsPage() {
  const { canEverywhere } = useSession();
  const allowed = canEverywhere("job.manage");
  const found = useRoute(ListJobs, {}, { enabled: allowed, every: EVERY_MS, keep: true });
  if (!allowed) return <Forbidden permission="job.manage" />;
  return (
    <SettingsFrame>
      {found.error && !found.data ? (
        <ErrorState error={found.error} onRetry={() => void found.refetch()} permission="job.manage" />
      ) : null}
      {found.isPending ? <SkeletonRows rows={8} /> : null}
      {found.data ? (
        <>
          <RunningPanel runs={found.data.jobs.flatMap(({ running }) => running)} />
          <JobTable jobs={found.data.jobs} />
          <RunsPanel jobs={found.data.jobs} />
          <LoopsPanel loops={found.data.loops} />
        </>
      ) : null}
    </SettingsFrame>
  );
}
