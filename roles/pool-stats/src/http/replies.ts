import type { Compat } from "../share/status.ts";
import type { Figures } from "../windows/figures.ts";
import { addSums, type Sum } from "../windows/sums.ts";

/** The bodies of S3's HTTP interface, byte for byte: no blanks, sums as undecorated decimals however long. */
export const INITIALIZING = '{"err_no":2,"err_msg":"service is initializing..."}';
export const INVALID_ARGUMENTS = '{"err_no":1,"err_msg":"invalid args"}';

const success = (data: string) => `{"err_no":0,"err_msg":"","data":${data}}`;

export const flushTimeReply = (flushTime: number) => success(`{"flush_db_time":${flushTime}}`);

export type ServerFigures = {
  uptimeSeconds: number;
  requests: number;
  replyBytes: number;
  pool: Figures;
  workers: number;
  users: number;
};

export function serverReply(
  { uptimeSeconds, requests, replyBytes, pool, workers, users }: ServerFigures,
  compat: Compat,
) {
  const two = (value: number) => String(value % 60).padStart(2, "0");
  const days = String(Math.floor(uptimeSeconds / 86_400)).padStart(4, "0");
  const hours = String(Math.floor(uptimeSeconds / 3_600) % 24).padStart(2, "0");
  const uptime = `${days} d ${hours} h ${two(Math.floor(uptimeSeconds / 60))} m ${two(uptimeSeconds)} s`;
  const poolText = `{${windowsText(pool, compat, true)},"accept_count":${pool.acceptCount},"workers":${workers},"users":${users}}`;
  return success(`{"uptime":"${uptime}","request":${requests},"repbytes":${replyBytes},"pool":${poolText}}`);
}

/** The reply about one worker or user; `workers` only where a user's total is asked for by itself. */
export function workerText(id: string, figures: Figures, compat: Compat, workers: number | null): string {
  const { acceptCount, lastShareIp, lastShareTime } = figures;
  const last = `"accept_count":${acceptCount},"last_share_ip":"${lastShareIp}","last_share_time":${lastShareTime}`;
  return `"${id}":{${windowsText(figures, compat, true)},${last}${workers === null ? "" : `,"workers":${workers}`}}`;
}

export const workersReply = (entries: readonly string[]) => success(`{${entries.join(",")}}`);

/** Sums of several; address and time are those of the newest share. */
export class Merged {
  readonly accept: Sum[] = [0, 0, 0, 0];
  readonly stale: Sum[] = [0, 0];
  readonly reject: Sum[] = [0, 0];
  #acceptCount = 0;
  #lastShareIp = "0.0.0.0";
  #lastShareTime = 0;

  add(figures: Figures): void {
    for (const kind of ["accept", "stale", "reject"] as const)
      for (const [i, sum] of figures[kind].entries()) this[kind][i] = addSums(this[kind][i] ?? 0, sum);
    this.#acceptCount = (this.#acceptCount + figures.acceptCount) >>> 0;
    if (figures.lastShareTime <= this.#lastShareTime) return;
    this.#lastShareTime = figures.lastShareTime;
    this.#lastShareIp = figures.lastShareIp;
  }

  /** The merged entry; reasons are not merged. */
  text(compat: Compat): string {
    const last = `"last_share_ip":"${this.#lastShareIp}","last_share_time":${this.#lastShareTime}`;
    return `"0":{${windowsText({ ...this, reasons: [] }, compat, false)},"accept_count":${this.#acceptCount},${last}}`;
  }
}

type Windows = Pick<Figures, "accept" | "stale" | "reject" | "reasons">;

function windowsText({ accept, stale, reject, reasons }: Windows, compat: Compat, withReasons: boolean): string {
  if (compat === "g2") return `"accept":[${accept.join(",")}],"reject":[0,0,${reject.join(",")}]`;
  const detail = withReasons ? `{},{},${reasonsText(reasons, "m15")},${reasonsText(reasons, "h1")}` : "{},{},{},{}";
  return (
    `"accept":[0,${accept[1]},${accept[2]},${accept[3]}],"stale":[0,0,${stale.join(",")}],` +
    `"reject":[0,0,${reject.join(",")}],"reject_detail":[${detail}]`
  );
}

/** Rejected difficulty by reason, as a JSON object in ascending order. */
export const reasonsText = (reasons: Figures["reasons"], window: "m15" | "h1"): string =>
  `{${reasons.map((reason) => `"${reason.status}":${reason[window]}`).join(",")}}`;
