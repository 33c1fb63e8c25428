import { GetLatest, type LatestRow } from "@banksman/wire/api";
import { call } from "../../api/client.ts";
import { withCurrentFigures } from "../../api/current-figures.ts";
import { queryOf, type TableState } from "./table-state.ts";

const PAGE = 1_000;
const FIELDS = [
  "miner_id",
  "ip_address",
  "mac",
  "make",
  "model",
  "firmware",
  "rack",
  "position",
  "health",
  "online",
  "offline_reason",
  "hashrate_ghs",
  "expected_hashrate_ghs",
  "temperature_avg",
  "temperature_max",
  "power_consumption",
  "accepted_shares",
  "rejected_shares",
  "hardware_errors",
  "uptime_seconds",
  "pool_url",
  "worker_name",
  "collected_at",
] as const satisfies readonly (keyof LatestRow)[];

/** A cell of CSV. A text that a spreadsheet would run as a formula is made plain: device texts are not to be trusted. */
export function csvCell(value: string | number | boolean | null): string {
  if (value === null) return "";
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Rows as CSV with the wire's names and units. */
export const toCsv = (rows: readonly LatestRow[]): string =>
  [FIELDS.join(","), ...rows.map((row) => FIELDS.map((field) => csvCell(row[field])).join(","))].join("\r\n");

/** Fetches everything that the table's filters match, in its order. */
export async function fetchAll(siteId: string, state: TableState): Promise<LatestRow[]> {
  const rows: LatestRow[] = [];
  for (let page = 1, pages = 1; page <= pages; page += 1) {
    const query = { ...queryOf(state), page, per_page: PAGE };
    const reply = await call(GetLatest, { params: { site_id: siteId }, query });
    rows.push(...reply.miners.map(withCurrentFigures));
    pages = reply.pagination.pages;
  }
  return rows;
}
