import { codeOf, messageOf } from "@banksman/kit";
import type { PoolReading } from "@banksman/pools";
import {
  POOL_ACCOUNT_MAX_WORKERS,
  type PoolAccountFailure,
  type PoolAccountReading,
  type PoolAccountReadings,
  UPLOAD_HEADERS,
} from "@banksman/wire/ingest";
import type { WatchConfig } from "./config.ts";

/** What one check found, for the server: accounts that were read and accounts that were not. */
export type Found = { readings: PoolReading[]; failures: PoolAccountFailure[] };

type Server = NonNullable<WatchConfig["server"]>;

/**
 * Tells the server what a check found, so that it stands on its pages and in its rules: each account in a request of its
 * own, since the list of a large one is some megabytes. Throws with the server's reason; nothing is kept for later, since
 * the next check tells the newer truth.
 */
export async function tellServer(server: Server, { readings, failures }: Found, timeoutMs: number): Promise<void> {
  for (const reading of readings)
    await post(server, { version: 1, readings: [onTheWire(reading)], failures: [] }, timeoutMs);
  if (failures.length > 0) await post(server, { version: 1, readings: [], failures }, timeoutMs);
}

async function post({ url, key, site_id }: Server, body: PoolAccountReadings, timeoutMs: number): Promise<void> {
  const response = await fetch(new URL("/api/collector/pool-accounts", url), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      [UPLOAD_HEADERS.key]: key,
      ...(site_id === undefined ? {} : { [UPLOAD_HEADERS.site]: site_id }),
    },
    body: JSON.stringify(body),
    redirect: "error",
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((error: unknown) => {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw new Error(`${new URL(url).host} can't be reached: ${codeOf(cause) ?? messageOf(cause)}`);
  });
  if (response.ok) return void (await response.arrayBuffer());
  throw new Error(`${new URL(url).host} answers ${response.status}: ${(await response.text()).slice(0, 300)}`);
}

function onTheWire({ at, workers, truncated, ...reading }: PoolReading): PoolAccountReading {
  return {
    ...reading,
    at: at.toISOString(),
    truncated: truncated || workers.length > POOL_ACCOUNT_MAX_WORKERS,
    workers: workers
      .slice(0, POOL_ACCOUNT_MAX_WORKERS)
      .map((worker) => ({ ...worker, last_share_at: worker.last_share_at?.toISOString() ?? null })),
  };
}
