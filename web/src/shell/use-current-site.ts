import { GetSite, ListSites } from "@banksman/wire/api";
import { useLocation } from "react-router";
import { useRoute } from "../api/query.ts";

/** How old what is known of the sites may be by itself. */
export const SITES_EVERY_MS = 30_000;

/** The site that the address names, or null on pages of no site. */
export function useCurrentSiteId(): string | null {
  const { pathname } = useLocation();
  const match = /^\/(?:monitor|sites|miners)\/([^/]+)/.exec(pathname);
  return match?.[1] === undefined ? null : decodeURIComponent(match[1]);
}

/** Every site with its totals, renewed every 30 s. */
export const useSites = () => useRoute(ListSites, {}, { every: SITES_EVERY_MS, keep: true });

/** A site's name, or its id as long as that isn't known. */
export function useSiteName(): (siteId: string) => string {
  const { data } = useSites();
  return (siteId) => data?.sites.find(({ site_id }) => site_id === siteId)?.name ?? siteId;
}

/** One site with its name, time zone and interval. */
export const useSite = (siteId: string) =>
  useRoute(GetSite, { params: { site_id: siteId } }, { every: SITES_EVERY_MS, keep: true });
