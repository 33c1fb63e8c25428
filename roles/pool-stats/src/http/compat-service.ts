import type { Clock } from "@banksman/kit";
import type { View } from "../scale/view.ts";
import { Figures } from "../windows/figures.ts";
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
  view: View;
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
    const { view } = this.#options;
    return serverReply(
      {
        uptimeSeconds: Math.max(0, this.#now() - this.#startedAt),
        requests: this.#requests,
        replyBytes: this.#replyBytes,
        pool: view.pool(this.#now(), this.#figures),
        workers: view.workerCount,
        users: view.userCount,
      },
      view.statistics.compat,
    );
  }

  #workers(userId: number, workerIds: readonly bigint[], isMerge: boolean): string {
    const { view } = this.#options;
    const { compat } = view.statistics;
    const now = this.#now();
    const figures = this.#figures;
    const merged = new Merged();
    const entries: string[] = [];
    for (const id of workerIds) {
      // Worker 0 is the user itself.
      if (id === 0n) view.user(userId, now, figures);
      else view.worker(userId, id, now, figures);
      if (isMerge) merged.add(figures);
      else entries.push(workerText(String(id), figures, compat, id === 0n ? figures.workers : null));
    }
    return workersReply(isMerge ? [merged.text(compat)] : entries);
  }

  #now(): number {
    return Math.floor(this.#options.clock.now() / 1_000);
  }
}
