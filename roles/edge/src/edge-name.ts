import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { resolve } from "node:path";
import type { EdgeConfig } from "./config.ts";

/** Enough that no two edges of a site share it by chance; short enough to be read in a list. */
const OWN_LETTERS = 6;

/**
 * What leases, jobs and lists call this edge. Unless the configuration names it: the host's name, and letters that stand for
 * the machine and the spool, since many machines have the same name and one machine may run several edges, but never two on
 * one spool. The same after a restart, and after the spool's folder was emptied. It takes a configured name where copies of a
 * machine kept its id, host name and path, since they share a name here, and where a container gets a new host name with each
 * making, since it is another edge then.
 */
export function edgeName({ name, spool }: Pick<EdgeConfig, "name" | "spool">): string {
  if (name !== undefined) return name;
  const own = createHash("sha256")
    .update(`${machineId()}\n${resolve(spool.path)}`)
    .digest("hex");
  return `${hostname()}-${own.slice(0, OWN_LETTERS)}`;
}

/** Of the installed system; a container has none, and a host name of its own. */
function machineId(): string {
  try {
    return readFileSync("/etc/machine-id", "utf8").trim();
  } catch {
    return "";
  }
}
