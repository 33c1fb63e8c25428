import { type AuditFilter, AuditResult } from "@banksman/wire/api";

const HOUR_MS = 3_600_000;
/** Ranges that can be chosen. */
export const RANGES = [
  { name: "day", hours: 24 },
  { name: "week", hours: 168 },
  { name: "month", hours: 720 },
] as const;

/** Members of the address that narrow the trail. */
export const FILTERS = ["q", "actor", "action", "site", "result", "hours", "before"] as const;

/** What the address asks for. `now` is rounded to the minute, so that a page that is open asks for the same thing again. */
export function filterOf(params: URLSearchParams, now: number): AuditFilter {
  const text = (name: string) => params.get(name) ?? undefined;
  const hours = Number(params.get("hours"));
  const minute = Math.floor(now / 60_000) * 60_000;
  const result = AuditResult.safeParse(params.get("result"));
  return {
    q: text("q"),
    actor: text("actor"),
    action: text("action"),
    site_id: text("site"),
    result: result.success ? result.data : undefined,
    from: hours > 0 ? new Date(minute - hours * HOUR_MS).toISOString() : undefined,
  };
}

export type Difference = { name: string; before: string | null; after: string | null };

const isMembers = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string | null =>
  value === undefined || value === null ? null : typeof value === "string" ? value : JSON.stringify(value, null, 1);

/** What stood before and after, member by member; a value that is no object is one line without a name. */
export function differences(before: unknown, after: unknown): Difference[] {
  if (!isMembers(before) && !isMembers(after)) {
    const line = { name: "", before: textOf(before), after: textOf(after) };
    return line.before === null && line.after === null ? [] : [line];
  }
  const [was, is] = [isMembers(before) ? before : {}, isMembers(after) ? after : {}];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].map((name) => ({
    name,
    before: textOf(was[name]),
    after: textOf(is[name]),
  }));
}
