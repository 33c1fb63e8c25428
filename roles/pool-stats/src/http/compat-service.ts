import type { Clock } from "@banksman/kit";
import type { Statistics } from "../statistics.ts";
import { Figures } from "../windows/figures.ts";
import { idHalves } from "../windows/sums.ts";
import { workerQuery } from "./arguments.ts";
import {
  flushTimeReply,
  INITIALIZING,
  INVALID_ARGUMENTS,
  Merged,
  serverReply,
  workersReply,
  workerText,
} from "./replies.ts";

export type CompatServiceOptions = {
  statistics: Statistics;
  clock: Pick<Clock, "now">;
  maxWorkerIds: number;
  /** True until the log has been read up to its end. */
  isInitializing: () => boolean;
  /** Unix seconds of the last flush that was written, 0 before the first one. */
  lastFlushTime: () => number;
};

/** S3's three questions and their answers, without the socket. */
export class CompatService {
  readonly #options: CompatServiceOptions;
  readonly #startedAt: number;
  readonly #figures = new Figures();
  #requests = 0;
  #replyBytes = 0;

  constructor(options: CompatServiceOptions) {
    this.#options = options;
    this.#startedAt = this.#now();
  }

  /**
   * The body for a known path. `query` is the text after `?` of a GET or the body of a POST; null where there is none.
   * Known paths are counted, whatever the answer.
   */
  answer(path: "/" | "/worker_status" | "/flush_db_time", query: string | null): string {
    this.#requests++;
    if (this.#options.isInitializing()) return INITIALIZING;
    const body = this.#body(path, query);
    if (body !== INVALID_ARGUMENTS) this.#replyBytes += Buffer.byteLength(body);
    return body;
  }

  #body(path: "/" | "/worker_status" | "/flush_db_time", query: string | null): string {
    if (path === "/") return this.#server();
    if (path === "/flush_db_time") return flushTimeReply(this.#options.lastFlushTime());
    const asked = workerQuery(query, this.#options.maxWorkerIds);
    return asked === null ? INVALID_ARGUMENTS : this.#workers(asked.userId, asked.workerIds, asked.isMerge);
  }

  #server(): string {
    const { statistics } = this.#options;
    const pool = statistics.read(statistics.pool, this.#now(), this.#figures);
    return serverReply(
      {
        uptimeSeconds: Math.max(0, this.#now() - this.#startedAt),
        requests: this.#requests,
        replyBytes: this.#replyBytes,
        pool,
        workers: statistics.workerCount,
        users: statistics.userCount,
      },
      statistics.compat,
    );
  }

  #workers(userId: number, workerIds: readonly bigint[], isMerge: boolean): string {
    const { statistics } = this.#options;
    const now = this.#now();
    const merged = new Merged();
    const entries: string[] = [];
    for (const id of workerIds) {
      const figures = statistics.read(this.#find(userId, id), now, this.#figures);
      if (isMerge) merged.add(figures);
      else entries.push(workerText(String(id), figures, statistics.compat, id === 0n ? figures.workers : null));
    }
    return workersReply(isMerge ? [merged.text(statistics.compat)] : entries);
  }

  /** Worker 0 is the user itself. */
  #find(userId: number, id: bigint): number {
    const { statistics } = this.#options;
    if (id === 0n) return statistics.findUser(userId);
    const { hi, lo } = idHalves(id);
    return statistics.findWorker(userId, hi, lo);
  }

  #now(): number {
    return Math.floor(this.#options.clock.now() / 1_000);
  }
}
