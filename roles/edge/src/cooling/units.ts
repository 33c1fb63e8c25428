import type { CoolingFamily } from "@banksman/devices";
import { ConfigErrors } from "@banksman/kit";
import type { CoolingGrant } from "@banksman/wire/link";
import type { CoolingUnitKey } from "@banksman/wire/model";
import type { EdgeConfig } from "../config.ts";
import { type CoolingEntry, unitHost } from "./config.ts";

/** One controller to read, from whichever source. */
export type CoolingUnit = CoolingUnitKey & {
  address: string;
  port?: number;
  /** Null until it is found out. */
  driver: string | null;
  interval_s: number;
  timeout_ms: number;
  retries: number;
  topic?: string;
  credentials?: { username: string; password: string };
  /** False where this edge alone ever reads it. */
  leased: boolean;
};

export const unitId = ({ site_id, host }: CoolingUnitKey): string => `${site_id} ${host}`;

/** What one request at a time goes to: the controller, or one container of a broker. */
export const deviceOf = (
  { address, port, topic }: Pick<CoolingUnit, "address" | "port" | "topic">,
  family: Pick<CoolingFamily, "port">,
): string => `${address}:${port ?? family.port}${topic === undefined ? "" : `/${topic}`}`;

/** The units of the edge's own file. Throws CONFIG_INVALID for a driver that isn't there. */
export function listUnits(
  { cooling = [], site_id: ownSite }: Pick<EdgeConfig, "cooling" | "site_id">,
  where: string,
  families: readonly Pick<CoolingFamily, "id">[],
): CoolingUnit[] {
  const known = families.map(({ id }) => id);
  return cooling.flatMap((entry, index) => {
    if (entry.driver !== undefined && !known.includes(entry.driver))
      throw ConfigErrors.INVALID(
        where,
        `"cooling[${index}].driver" is "${entry.driver}", which is no driver; use one of ${known.join(", ")}, or leave it out`,
      );
    return entry.host.map((address) => unitOf(address, entry, ownSite));
  });
}

function unitOf(address: string, entry: CoolingEntry, ownSite: string): CoolingUnit {
  const { site_id = ownSite, driver = null, port, interval_s, timeout_ms, retries, topic, credentials, lease } = entry;
  return {
    site_id,
    host: unitHost(address, port),
    address,
    driver,
    interval_s,
    timeout_ms,
    retries,
    leased: lease === "server",
    ...(port !== undefined && { port }),
    ...(topic !== undefined && { topic }),
    ...(credentials && { credentials }),
  };
}

/** A unit that the server lets this edge read. How it is reached may stand in the file, which alone has passwords. */
export function unitOfGrant(grant: CoolingGrant, own: ReadonlyMap<string, CoolingUnit>): CoolingUnit {
  const { site_id, host, driver, interval_s, timeout_ms, retries } = grant;
  const [address = host, port] = host.split(":");
  const mine = own.get(unitId(grant));
  return {
    site_id,
    host,
    address,
    driver: driver ?? mine?.driver ?? null,
    interval_s,
    timeout_ms,
    retries,
    leased: true,
    ...(port !== undefined && { port: Number(port) }),
    ...(mine?.topic !== undefined && { topic: mine.topic }),
    ...(mine?.credentials && { credentials: mine.credentials }),
  };
}
