import { readEvent } from "../../events.ts";
import { columnCount, columnIp, columnReasons, columnSum, columnTime, defaultGroup } from "../../flush/row-values.ts";
import { workerQuery } from "../../http/arguments.ts";
import {
  flushTimeReply,
  INITIALIZING,
  INVALID_ARGUMENTS,
  Merged,
  serverReply,
  workersReply,
  workerText,
} from "../../http/replies.ts";
import type { Compat } from "../../share/status.ts";
import { Figures } from "../../windows/figures.ts";
import { type Defect, Model } from "./model.ts";
import { ModelTable } from "./model-table.ts";
import type { FlushStep, HttpStep, TableRow } from "./steps.ts";

const FLUSH_EVERY = 15;
const SWEEP_EVERY = 1_800;
const UNKNOWN = '"reject_detail":[{},{},{},{}],"accept_count":0,"last_share_ip":"0.0.0.0","last_share_time":0';

/** The whole program the naive way: what it would answer to each step. */
export class ModelProgram {
  readonly #model: Model;
  readonly #table: ModelTable;
  readonly #startedAt: number;
  #now: number;
  #isInitializing = true;
  #lastSweep: number;
  #lastAttempt: number;
  #lastFlush = 0;
  #requests = 0;
  #replyBytes = 0;

  constructor(compat: Compat, defects: ReadonlySet<Defect>, start: number) {
    this.#model = new Model(compat, defects);
    this.#table = new ModelTable(compat);
    this.#now = this.#startedAt = this.#lastSweep = this.#lastAttempt = start;
  }

  setClock(now: number): void {
    this.#now = now;
  }

  /** The recorder woke the program after the first jump of the clock. */
  wakeIfInitializing(): void {
    if (this.#isInitializing) this.tick();
  }

  produce(kind: "shares" | "events", bytes: Uint8Array): void {
    if (kind === "shares") this.#model.take(bytes, this.#now);
    else {
      const result = readEvent(bytes, { singleUserPuid: null });
      if (result.is === "name") this.#table.name(result.name, columnTime(this.#now));
    }
    if (kind === "shares") this.tick();
  }

  tick(): void {
    const { compat } = this.#model;
    if (this.#isInitializing) {
      if (this.#startedAt + FLUSH_EVERY >= this.#now) return;
      this.#isInitializing = false;
      if (compat === "g4") this.#lastSweep = this.#now;
    }
    if (this.#lastSweep + SWEEP_EVERY < this.#now) {
      this.#lastSweep = this.#now;
      this.#model.expire(this.#now);
    }
    if (this.#lastAttempt + FLUSH_EVERY < this.#now) {
      this.#lastAttempt = this.#now;
      this.#flush();
    }
  }

  flush(): FlushStep {
    const before = this.#lastFlush;
    this.tick();
    const happened = this.#lastFlush !== before;
    return { happened, file: this.#lastFlush === 0 ? "" : String(this.#lastFlush), rows: this.rows() };
  }

  rows(): TableRow[] {
    return this.#table.rows();
  }

  sql(statement: string): void {
    this.#table.update(statement);
  }

  /** The body of the reply to a request for a known path. */
  http({ method, target, body = "" }: HttpStep): string {
    const plainTarget = target.split("#", 1)[0] ?? "/";
    const mark = plainTarget.indexOf("?");
    const path = mark < 0 ? plainTarget : plainTarget.slice(0, mark);
    this.#requests++;
    if (this.#isInitializing) return INITIALIZING;
    const query = method === "GET" && mark >= 0 ? plainTarget.slice(mark + 1) : method === "POST" ? body : null;
    const reply =
      path === "/"
        ? this.#server()
        : path === "/flush_db_time"
          ? flushTimeReply(this.#lastFlush)
          : this.#workers(query);
    if (reply !== INVALID_ARGUMENTS) this.#replyBytes += reply.length;
    return method === "HEAD" ? "" : reply;
  }

  #server(): string {
    const { pool, workers, users, compat } = this.#model;
    return serverReply(
      {
        uptimeSeconds: this.#now - this.#startedAt,
        requests: this.#requests,
        replyBytes: this.#replyBytes,
        pool: pool.figures(this.#now, compat),
        workers: workers.size,
        users: users.size,
      },
      compat,
    );
  }

  #workers(query: string | null): string {
    const asked = workerQuery(query, 10_000);
    if (asked === null) return INVALID_ARGUMENTS;
    const { compat } = this.#model;
    const merged = new Merged();
    const entries = asked.workerIds.map((id) => {
      const figures = this.#find(asked.userId, id);
      merged.add(figures);
      const text = workerText(String(id), figures, compat, id === 0n ? this.#model.workersOf(asked.userId) : null);
      const isBroken = this.#model.defects.has("unknown_worker");
      return isBroken ? text.replace(UNKNOWN, UNKNOWN.replace("{},{},{},{}", "{},{},,")) : text;
    });
    return workersReply(asked.isMerge ? [merged.text(compat)] : entries);
  }

  #find(userId: number, id: bigint): Figures {
    const { users, workers, compat } = this.#model;
    const object = id === 0n ? users.get(userId) : workers.get(`${userId}/${id}`);
    return object?.figures(this.#now, compat) ?? new Figures();
  }

  #flush(): void {
    const { workers, users, compat, defects } = this.#model;
    const all = [...workers.values(), ...users.values()].map((object) => object.figures(this.#now, compat));
    if (all.length === 0) return;
    const isTooBig = ({ accept, reject, stale }: Figures) =>
      [...accept, ...reject, ...stale].some((sum) => columnSum(sum) !== sum);
    if (defects.has("bad_row") && all.some(isTooBig)) return;
    for (const figures of all) this.#table.merge(figures.userId, figures.workerId, this.#row(figures));
    this.#lastFlush = this.#now;
  }

  #row({ accept, stale, reject, reasons, ...figures }: Figures): TableRow {
    const sums = (names: readonly string[], values: readonly (number | bigint)[]) =>
      Object.fromEntries(names.map((name, i) => [name, String(columnSum(values[i] ?? 0))]));
    const isG4 = this.#model.compat === "g4";
    return {
      group_id: String(defaultGroup(figures.userId)),
      ...sums(["accept_1m", "accept_5m", "accept_15m", "accept_1h"], isG4 ? [0, ...accept.slice(1)] : accept),
      ...sums(["reject_15m", "reject_1h"], reject),
      ...(isG4 && {
        ...sums(["stale_15m", "stale_1h"], stale),
        reject_detail_15m: columnReasons(reasons, "m15", 255),
        reject_detail_1h: columnReasons(reasons, "h1", 255),
      }),
      accept_count: String(columnCount(figures.acceptCount)),
      last_share_ip: columnIp(figures.lastShareIp, 16),
      last_share_time: columnTime(figures.lastShareTime),
      updated_at: columnTime(this.#now),
    };
  }
}
