import { type Clock, type Log, messageOf } from "@banksman/kit";
import { POOL_READINGS_MAX_ROWS, type PoolMinute, type PoolReadings, UPLOAD_HEADERS } from "@banksman/wire/ingest";
import type { MinuteSums } from "./minute-sums.ts";

export type ServerConfig = { url: string; apiKey: string; pool: string };

export type MinuteSenderOptions = { server: ServerConfig; sums: MinuteSums; clock: Clock; log: Log };

const EVERY_MS = 10_000;
const PATIENCE_MS = 30_000;
/** Answers after which the same rows may yet be taken. */
const TRY_AGAIN = new Set([401, 403, 404, 408, 429]);

/** Sends minute sums to the server until the signal aborts; what it doesn't take waits in memory. */
export async function sendMinutes(options: MinuteSenderOptions, signal: AbortSignal): Promise<void> {
  const { clock, log, sums } = options;
  let wasAway = false;
  while (!signal.aborted) {
    const now = Math.floor(clock.now() / 1_000);
    const why = await sendDue(options, now);
    if (why !== null && !wasAway) log.warn(`minute sums wait, the server at ${options.server.url} ${why}`);
    if (why === null && wasAway) log.info("the server takes minute sums again");
    wasAway = why !== null;
    const lost = sums.tidy(now);
    if (lost > 0)
      log.error({ minutes: lost }, "the server has been away for too long: the oldest minutes are forgotten");
    await clock.sleep(EVERY_MS, signal).catch(() => undefined);
  }
}

/** Sends all that is due at `now`, in Unix seconds; gives why it had to stop, or null. */
export async function sendDue({ server, sums, log }: MinuteSenderOptions, now: number): Promise<string | null> {
  for (const minutes of inUploads(sums.due(now))) {
    const outcome = await post(server, { version: 1, pool: server.pool, minutes });
    if (outcome.is === "refused") log.error({ rows: minutes.length }, `the server refuses minute sums: ${outcome.why}`);
    if (outcome.is !== "away") continue;
    sums.putBack(minutes);
    return outcome.why;
  }
  return null;
}

/** Rows of several minutes together, as many as one upload takes. */
function* inUploads(minutes: Iterable<PoolMinute[]>): Generator<PoolMinute[]> {
  const rows: PoolMinute[] = [];
  for (const minute of minutes) {
    for (const row of minute) rows.push(row);
    while (rows.length >= POOL_READINGS_MAX_ROWS) yield rows.splice(0, POOL_READINGS_MAX_ROWS);
  }
  if (rows.length > 0) yield rows;
}

type Outcome = { is: "taken" } | { is: "refused" | "away"; why: string };

async function post({ url, apiKey }: ServerConfig, readings: PoolReadings): Promise<Outcome> {
  try {
    const response = await fetch(`${url.replace(/\/$/, "")}/api/pool-stats/readings`, {
      method: "POST",
      headers: { "content-type": "application/json", [UPLOAD_HEADERS.key]: apiKey },
      body: JSON.stringify(readings),
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const text = await response.text();
    if (response.ok) return { is: "taken" };
    const why = `answers ${response.status}: ${text.slice(0, 300)}`;
    return { is: response.status < 500 && !TRY_AGAIN.has(response.status) ? "refused" : "away", why };
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    return { is: "away", why: `does not answer: ${messageOf(cause)}` };
  }
}
