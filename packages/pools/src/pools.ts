import { type Egress, openEgress } from "@banksman/kit/egress";
import { antpool } from "./drivers/antpool.ts";
import { braiins } from "./drivers/braiins.ts";
import { ckpool } from "./drivers/ckpool.ts";
import { f2poolV1 } from "./drivers/f2pool-v1.ts";
import { f2poolV2 } from "./drivers/f2pool-v2.ts";
import { luxor } from "./drivers/luxor.ts";
import { nicehash } from "./drivers/nicehash.ts";
import { ocean } from "./drivers/ocean.ts";
import { viabtc } from "./drivers/viabtc.ts";
import { PoolErrors } from "./errors.ts";
import { poolHttp } from "./http.ts";
import type { PoolAccount, PoolDriver, PoolReading } from "./pool.ts";

/** Every pool this program can read. */
export const pools: readonly PoolDriver[] = [
  f2poolV1,
  f2poolV2,
  antpool,
  viabtc,
  braiins,
  luxor,
  ocean,
  nicehash,
  ckpool,
];

/** The driver of this id; throws POOL_UNKNOWN with the ones there are. */
export function poolOf(id: string): PoolDriver {
  const found = pools.find((pool) => pool.id === id);
  if (!found) throw PoolErrors.UNKNOWN(id, pools.map((pool) => pool.id).join(", "));
  return found;
}

/**
 * Reads an account whole: its hashrate and every worker. Each request ends within `timeoutMs`. Throws one of PoolErrors;
 * there is no partial answer but for a list that is too long, which says so.
 */
export async function readAccount(
  driver: PoolDriver,
  account: PoolAccount,
  timeoutMs: number,
  egress: Egress = openEgress,
): Promise<PoolReading> {
  if (driver.key === "required" && !account.api_key)
    throw PoolErrors.NO_KEY(driver.title, driver.key_form ?? "its key");
  const http = poolHttp(account.api_base ?? driver.api_base, timeoutMs, driver.pause_s * 1_000, egress);
  const { truncated = false, ...figures } = await driver.read(http.ask, account);
  const skew = http.skewMs();
  return {
    pool: driver.id,
    account: account.account,
    coin: account.coin,
    at: new Date(Date.now() + (skew ?? 0)),
    clock_skew_ms: skew,
    ...figures,
    truncated,
  };
}
