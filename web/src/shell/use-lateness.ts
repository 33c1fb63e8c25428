import { GetSummary } from "@banksman/wire/api";
import { useRoute } from "../api/query.ts";
import { useCurrentSiteId, useSites } from "./use-current-site.ts";

export const DEFAULT_INTERVAL_SECONDS = 30;

export type Newest = { at: string | null; interval: number; siteName: string; zone: string };

/** The newest reading of the site in view, or of all sites together; with the interval it is judged by. */
export function useNewest(): Newest {
  const current = useCurrentSiteId();
  const { data: sites } = useSites();
  // Only listens to what the site's own pages fetch and the live connection patches.
  const { data: summary } = useRoute(GetSummary, { params: { site_id: current ?? "" } }, { enabled: false });
  const site = sites?.sites.find(({ site_id }) => site_id === current);
  if (current !== null) {
    const at = newer(summary?.newest_reading_at ?? null, site?.newest_reading_at ?? null);
    const interval = site?.reading_seconds ?? DEFAULT_INTERVAL_SECONDS;
    return { at, interval, siteName: site?.name ?? current, zone: site?.time_zone ?? "UTC" };
  }
  const at = (sites?.sites ?? []).map((one) => one.newest_reading_at).reduce(newer, null);
  const interval = Math.max(DEFAULT_INTERVAL_SECONDS, ...(sites?.sites ?? []).map((one) => one.reading_seconds ?? 0));
  return { at, interval, siteName: "", zone: "UTC" };
}

const newer = (a: string | null, b: string | null): string | null =>
  a === null || (b !== null && Date.parse(b) > Date.parse(a)) ? b : a;
