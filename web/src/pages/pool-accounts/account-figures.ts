import type { PoolAccount, Verdict } from "@banksman/wire/api";
import type { FaultLevel } from "@banksman/wire/model";
import { MISSING, percent } from "../../format/format.ts";

export const accountPath = (accountNo: number): string => `/pool-accounts/${accountNo}`;

/** How loud a verdict is; null for what needs nobody. */
export const VERDICT_LEVELS: Record<Verdict, FaultLevel | null> = {
  pool_silent: "severe",
  device_silent: "severe",
  below_device: "warning",
  above_device: "warning",
  unregistered: "warning",
  ambiguous: "info",
  both_silent: null,
  unsure: null,
  matching: null,
};

/** The pool's side less the devices', as a share of theirs, with its sign. */
export function difference(share: number | null): string {
  if (share === null) return MISSING;
  const sign = share > 0 ? "+" : share < 0 ? "−" : "";
  return `${sign}${percent(Math.abs(share), 1)}`;
}

/** The same for a whole account, weighed by hashrate. */
export const accountDifference = ({ hashrate_hs: pool, device_hashrate_hs: device }: PoolAccount): number | null =>
  pool === null || device === null || device === 0 ? null : (pool - device) / device;
