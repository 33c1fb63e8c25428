import type { LatestRow } from "@banksman/wire/api";
import { DEGRADED_BELOW } from "@banksman/wire/model";
import { shareOf } from "../../format/format.ts";
import type { useLang } from "../../hooks/use-lang.ts";

/** The reason of a row's status, as a key of the texts under `reason`; null when all is well. */
export type Reason = { key: ReasonKey; count?: number };
type ReasonKey =
  | NonNullable<LatestRow["offline_reason"]>
  | "idle"
  | "sleeping"
  | "overheated"
  | "starting"
  | "fault"
  | "faults"
  | "belowNameplate"
  | "noHashrate"
  | "boardDark";

/** Why a miner is not simply hashing: its offline reason, its own status, its faults, or its hashrate, in this order. */
export function reasonOf(row: LatestRow): Reason | null {
  if (!row.online) return { key: row.offline_reason ?? "unreachable" };
  if (row.fault_count > 0) return { key: "faults", count: row.fault_count };
  if (row.status !== null && row.status !== "hashing") return { key: row.status };
  if (row.health === "hashing") return null;
  if (row.hashrate_ghs === 0) return { key: "noHashrate" };
  const share = shareOf(row.hashrate_ghs, row.expected_hashrate_ghs);
  if (share !== null && share < DEGRADED_BELOW) return { key: "belowNameplate" };
  return row.health === "degraded" ? { key: "boardDark" } : null;
}

/** The reason in words; null when all is well. */
export function reasonText(row: LatestRow, t: ReturnType<typeof useLang>["t"]): string | null {
  const reason = reasonOf(row);
  if (reason === null) return null;
  return reason.key === "faults" ? t("reason.faults", { count: reason.count ?? 0 }) : t(`reason.${reason.key}`);
}
