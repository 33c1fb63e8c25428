import { GetCollectorStatus } from "@banksman/wire/api";
import { useEffect, useState } from "react";
import { ApiProblem } from "../api/problem.ts";
import { useRoute } from "../api/query.ts";
import { LATE_AFTER } from "../components/age.tsx";
import { LateBanner } from "../components/late-banner.tsx";
import { duration, fullTime } from "../format/time.ts";
import { useLang } from "../hooks/use-lang.ts";
import { useNow } from "../hooks/use-now.ts";
import { useLive } from "./live-context.tsx";
import { useSession } from "./session.tsx";
import { useCurrentSiteId, useSites } from "./use-current-site.ts";
import { useNewest } from "./use-lateness.ts";

const LOST_FOR_MS = 3_000;
const STATUS_EVERY_MS = 30_000;

/** The one notice that matters most on a site's pages: late values, a lost connection, or a backlog coming in. */
export function PageNotices() {
  const siteId = useCurrentSiteId();
  return siteId === null ? <FleetNotice /> : <SiteNotice siteId={siteId} />;
}

/** On pages of no site: the server stopped answering, and what shows is what it said last. */
function FleetNotice() {
  const { t } = useLang();
  const { error, data } = useSites();
  if (!error || !data) return null;
  const code = error instanceof ApiProblem ? error.code : "client";
  return <LateBanner headline={t("late.refreshFailed")} detail={t("late.refreshFailedDetail", { code })} />;
}

function SiteNotice({ siteId }: { siteId: string }) {
  const { t, lang } = useLang();
  const now = useNow();
  const newest = useNewest();
  const isLost = useLostForAWhile();
  const { canAt } = useSession();
  const status = useRoute(
    GetCollectorStatus,
    { query: { site_id: siteId } },
    { every: STATUS_EVERY_MS, keep: true, enabled: canAt("reading.read", siteId) },
  );
  const backlog = (status.data?.collectors ?? []).reduce((sum, one) => sum + (one.backlog_batches ?? 0), 0);
  const at = newest.at === null ? null : Date.parse(newest.at);
  const age = at === null ? 0 : (now - at) / 1_000;
  const isLate = at !== null && age > LATE_AFTER * newest.interval;
  useEffect(() => {
    // Figures on the page turn grey by one rule of the style sheet.
    document.documentElement.dataset.late = String(isLate);
    return () => {
      delete document.documentElement.dataset.late;
    };
  }, [isLate]);
  if (at !== null && isLate) {
    const detail = t("late.noAnswer", { site: newest.siteName, time: fullTime(at, newest.zone) });
    return <LateBanner headline={t("late.values", { age: duration(age, lang) })} detail={detail} />;
  }
  if (isLost) return <LateBanner headline={t("late.socket")} detail={t("late.socketDetail")} />;
  if (backlog > 1)
    return <LateBanner headline={t("late.backlog")} detail={t("late.backlogDetail", { count: backlog })} />;
  return null;
}

/** A reconnect that works at once is not worth a banner. */
function useLostForAWhile(): boolean {
  const { state } = useLive();
  const isDown = state === "lost" || state === "connecting";
  const [isLost, setLost] = useState(false);
  useEffect(() => {
    if (!isDown) return setLost(false);
    const timer = setTimeout(() => setLost(true), LOST_FOR_MS);
    return () => clearTimeout(timer);
  }, [isDown]);
  return isLost;
}
