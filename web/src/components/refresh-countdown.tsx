import { GetSummary } from "@banksman/wire/api";
import { useRoute } from "../api/query.ts";
import { duration } from "../format/time.ts";
import { useLang } from "../hooks/use-lang.ts";
import { useNow } from "../hooks/use-now.ts";
import { useLive } from "../shell/live-context.tsx";

const EVERY_SECONDS = 30;

/** Counts down to the next refresh; nothing while changes are pushed, as the top bar says. */
export function RefreshCountdown({ siteId }: { siteId: string }) {
  const { t, lang } = useLang();
  const { state } = useLive();
  useNow();
  const { dataUpdatedAt } = useRoute(GetSummary, { params: { site_id: siteId } }, { enabled: false });
  if (state === "live" || dataUpdatedAt === 0) return null;
  // The refresh is timed by the browser's own clock, whatever the server's says.
  const passed = (Date.now() - dataUpdatedAt) / 1_000;
  const left = Math.max(0, Math.ceil(EVERY_SECONDS - passed));
  return <span className="bm-refresh">{t("monitor.nextRefresh", { seconds: duration(left, lang) })}</span>;
}
