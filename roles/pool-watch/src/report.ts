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

/**
 * Tells the server what a check found, so that it stands on its pages and in its rules. Throws with the server's reason;
 * nothing is kept for later, since the next check tells the newer truth.
 */
export async function tellServer(
  { url, key, site_id }: NonNullable<WatchConfig["server"]>,
  { readings, failures }: Found,
  timeoutMs: number,
): Promise<void> {
  const body: PoolAccountReadings = { version: 1, readings: readings.map(onTheWire), failures };
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
