import type { CallOf, ListAlerts } from "@banksman/wire/api";
import { AlertLevel } from "@banksman/wire/model";

export const PER_PAGE = 50;
export type View = "active" | "history";

/** What an address asks the server for; nonsense in it falls back to everything. */
export function alertQuery(params: URLSearchParams, view: View): CallOf<typeof ListAlerts>["query"] {
  const state = params.get("state");
  const level = params.get("level");
  const page = Number(params.get("page")) || 1;
  return {
    state: view === "history" ? "resolved" : state === "firing" ? "firing" : state === "pending" ? "pending" : "open",
    ...(isLevel(level) ? { level: level === "severe" ? "urgent,severe" : level } : {}),
    ...(params.get("site") ? { site_id: params.get("site") ?? "" } : {}),
    ...(params.get("rule") ? { rule_id: params.get("rule") ?? "" } : {}),
    ...(params.get("q") ? { q: params.get("q") ?? "" } : {}),
    ...(params.get("suppressed") === "no" ? { suppressed: "false" as const } : {}),
    ...(params.get("flapping") === "yes" ? { flapping: "true" as const } : {}),
    sort: view === "history" ? "newest" : "worst",
    page: Math.max(1, page),
    per_page: PER_PAGE,
  };
}

const isLevel = (word: string | null): word is AlertLevel => AlertLevel.options.some((level) => level === word);

/** Names of the filters, to clear them all at once. */
export const FILTERS = ["state", "level", "site", "rule", "q", "suppressed", "flapping", "page"] as const;
export const isFiltered = (params: URLSearchParams): boolean => FILTERS.some((name) => params.has(name));
