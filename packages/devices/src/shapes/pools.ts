import type { Pool } from "@banksman/wire/model";
import type { Fields } from "../decode/reply.ts";
import { count, sum } from "../read/number.ts";
import { isTrue, text } from "../read/text.ts";

/** Firmwares that take their fee in hashrate list it as a pool: by these names, `*`, or far behind all others. */
const DEV_FEE = /^(?:\*|dev[\s_-]?fee.*|.*\bdevfee(?:miner)?\b.*)$/i;
const DEV_FEE_PRIORITY = 990;

/** Reads a POOLS list. Slots without a URL are left out: they are empty, whatever their status says. */
export function readPools(list: readonly Fields[]): Pool[] {
  const pools: Pool[] = [];
  for (const fields of list) {
    const url = text(fields.URL ?? fields.Url ?? fields.url, 500);
    if (url !== null) pools.push(readPool(fields, url));
  }
  if (!list.some((fields) => ACTIVE.some((name) => name in fields))) markActive(pools);
  return pools;
}

const ACTIVE = ["Stratum Active", "stratum-active"];

/** Where nothing says which pool is in use, it is the first living one by priority. */
function markActive(pools: Pool[]): void {
  const used = activePool(pools);
  if (used) pools[pools.indexOf(used)] = { ...used, active: true };
}

function readPool(fields: Fields, url: string): Pool {
  const worker = text(fields.User ?? fields.user ?? fields.account, 256);
  const priority = count(fields.Priority ?? fields.priority ?? fields["pool-priority"]);
  return {
    url,
    worker,
    status: poolStatus(fields.Status ?? fields.status),
    active: isTrue(fields["Stratum Active"] ?? fields["stratum-active"]),
    priority,
    accepted: count(fields.Accepted ?? fields.accepted),
    rejected: count(fields.Rejected ?? fields.rejected),
    stale: count(fields.Stale ?? fields.stale),
    dev_fee: DEV_FEE.test(url) || (worker !== null && DEV_FEE.test(worker)) || (priority ?? 0) >= DEV_FEE_PRIORITY,
  };
}

/** Newer Antminers spell a dead pool "Deed". */
function poolStatus(raw: unknown): Pool["status"] {
  switch (text(raw)?.toLowerCase()) {
    case "alive":
    case "working":
    case "active":
      return "alive";
    case "dead":
    case "deed":
    case "unreachable":
    case "rejecting":
      return "dead";
    case "disabled":
      return "disabled";
    default:
      return "unknown";
  }
}

/** The pool the miner works for: the active one, else the first living one by priority; never a firmware's own. */
export function activePool(pools: readonly Pool[]): Pool | null {
  const own = pools.filter((pool) => !pool.dev_fee);
  const byPriority = own.toSorted((a, b) => (a.priority ?? Infinity) - (b.priority ?? Infinity));
  return byPriority.find((pool) => pool.active) ?? byPriority.find((pool) => pool.status === "alive") ?? null;
}

/**
 * Shares on the operator's own pools. The summary's figure counts the fee's shares too, so it serves only where no pool
 * tells its own.
 */
export function ownShares(pools: readonly Pool[], of: "accepted" | "rejected", summary: unknown): number | null {
  const counted = sum(pools.filter((pool) => !pool.dev_fee).map((pool) => pool[of]));
  return counted ?? count(summary);
}
