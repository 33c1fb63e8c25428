import { GetCollectorStatus } from "@banksman/wire/api";
import { useEffect, useState } from "react";
import { useRoute } from "../api/query.ts";
import { LATE_AFTER } from "../components/age.tsx";
import { LateBanner } from "../components/late-banner.tsx";
import { duration, fullTime } from "../format/time.ts";
import { useLang } from "../hooks/use-lang.ts";
import { useNow } from "../hooks/use-now.ts";
import { useLive } from "./live-context.tsx";
import { useCurrentSiteId } from "./use-current-site.ts";
import { useNewest } from "./use-lateness.ts";

const LOST_FOR_MS = 3_000;
const STATUS_EVERY_MS = 30_000;

/** The one notice that matters most on a site's pages: late values, a lost connection, or a backlog coming in. */
export function PageNotices() {
  const siteId = useCurrentSiteId();
  return siteId === null ? null : <SiteNotice siteId={siteId} />;
}

function SiteNotice({ siteId }: { siteId: string }) {
  const { t, lang } = useLang();
  const now = useNow();
  const newest = useNewest();
  const isLost = useLostForAWhile();
  const status = useRoute(GetCollectorStatus, { query: { site_id: siteId } }, { every: STATUS_EVERY_MS, keep: true });
  const backlog = (status.data?.collectors ?? []).reduce((sum, one) => sum + (one.backlog_batches ?? 0), 0);
  const at = newest.at === null ? null : Date.parse(newest.at);
  const age = at === null ? 0 : (now - at) / 1_000;
  if (at !== null && age > LATE_AFTER * newest.interval) {
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
