import { readFile } from "node:fs/promises";
import { createLog, type Log } from "@banksman/kit";
import { waitFor } from "@banksman/testkit";
import type { PoolStatsConfig } from "../../config.ts";
import { glogLine } from "../../glog.ts";
import { startPoolStats } from "../../run-pool-stats.ts";
import { DrivenClock } from "../driven-clock.ts";
import { rawRequest } from "../raw-http.ts";
import type { FlushStep, HttpStep, Scenario, Step, TableRow } from "./steps.ts";

/** The real services that a scenario is played through. */
export type Services = {
  /** Puts messages into a topic, in their order. */
  produce: (topic: string, values: readonly Buffer[]) => Promise<void>;
  /** Runs SQL in the scenario's own database. */
  sql: (statement: string) => string;
};

/** What the program did at a step that tells something. */
export type Outcome =
  | { is: "http"; status: number; contentType: string; reply: string }
  | { is: "flush"; flush: FlushStep }
  | { is: "rows"; rows: TableRow[] }
  | { is: "log"; lines: string[] }
  | { is: "exit"; code: number }
  | { is: "unknown" };

export type PlayedStep = { number: number; step: Step; outcome: Outcome | null };

/** Plays a scenario through the running role; gives what it did, step by step, numbered from 0. */
export async function play(scenario: Scenario, config: PoolStatsConfig, services: Services): Promise<PlayedStep[]> {
  const player = new Player(config, services, firstClock(scenario));
  try {
    await player.start();
    const played: PlayedStep[] = [];
    for (const [number, step] of scenario.steps.entries())
      played.push({ number, step, outcome: await player.take(step, scenario.steps[number + 1]) });
    return played;
  } finally {
    await player.stop();
  }
}

function firstClock({ steps, file }: Scenario): number {
  const [first] = steps;
  if (!first || !("clock" in first)) throw new Error(`${file} must begin with a clock`);
  return first.clock;
}

class Player {
  readonly #config: PoolStatsConfig;
  readonly #services: Services;
  readonly #clock: DrivenClock;
  readonly #abort = new AbortController();
  readonly #lines: string[] = [];
  readonly #log: Log;
  #running: Awaited<ReturnType<typeof startPoolStats>> | null = null;
  #waiting: { shares: Buffer[]; events: Buffer[] } = { shares: [], events: [] };
  #produced = { shares: 0, events: 0 };
  /** The clock has moved since the last message. */
  #hasMoved = true;

  constructor(config: PoolStatsConfig, services: Services, now: number) {
    this.#config = config;
    this.#services = services;
    this.#clock = new DrivenClock(now);
    this.#log = createLog("pool-stats", "info", {
      write: (line) => {
        const { letter, text } = glogLine(line);
        this.#lines.push(`${letter} ${text.slice(text.indexOf("] ") + 2)}`);
      },
    });
  }

  async start(): Promise<void> {
    this.#running = await startPoolStats(this.#config, {
      clock: this.#clock,
      log: this.#log,
      signal: this.#abort.signal,
    });
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#running?.close();
    this.#running = null;
  }

  async take(step: Step, next: Step | undefined): Promise<Outcome | null> {
    if ("produce" in step) {
      this.#waiting[step.produce].push(Buffer.from(step.hex, "hex"));
      // Messages that come one after the other at one moment are sent together.
      if (!next || !("produce" in next) || next.produce !== step.produce) await this.#send(step.produce);
      return null;
    }
    if ("clock" in step) return this.#setClock(step.clock);
    if ("http" in step) return this.#ask(step.http);
    if ("flush" in step) return this.#flush();
    if ("rows" in step) return { is: "rows", rows: this.#rows() };
    if ("sql_by_hand" in step) this.#services.sql(step.sql_by_hand);
    else if ("sweep" in step) await this.#wake();
    else if ("log" in step) return { is: "log", lines: [...this.#lines] };
    else return "unknown" in step ? { is: "unknown" } : this.#end();
    return null;
  }

  get #stats() {
    if (!this.#running) throw new Error("not started");
    return this.#running.stats;
  }

  /** The recorder woke the program after the first jump, which ended the initial state. */
  async #setClock(now: number): Promise<null> {
    const isJump = now * 1_000 !== this.#clock.now();
    this.#clock.set(now);
    this.#hasMoved ||= isJump;
    if (isJump && this.#stats.isInitializing) {
      await waitFor(
        "the end of the initial state",
        async () => {
          await this.#wake();
          return !this.#stats.isInitializing;
        },
        { withinMs: 30_000 },
      );
    }
    return null;
  }

  async #wake(): Promise<void> {
    await this.#clock.wake();
    await this.#stats.flusher.settled();
  }

  /** The first share after the clock moved goes alone: it may be what a sweep or a flush was waiting for. */
  async #send(kind: "shares" | "events"): Promise<void> {
    const values = this.#waiting[kind];
    this.#waiting[kind] = [];
    const alone = kind === "shares" && this.#hasMoved ? 1 : 0;
    if (kind === "shares") this.#hasMoved = false;
    for (const part of [values.slice(0, alone), values.slice(alone)])
      if (part.length > 0) await this.#sendPart(kind, part);
  }

  async #sendPart(kind: "shares" | "events", values: readonly Buffer[]): Promise<void> {
    const { shareTopic, eventsTopic } = this.#config.kafka;
    this.#produced[kind] += values.length;
    await this.#services.produce(kind === "shares" ? shareTopic : eventsTopic, values);
    const seen = () => (kind === "shares" ? this.#stats.shares.seen : this.#stats.eventsSeen);
    await waitFor(`${kind} to be consumed`, () => seen() >= this.#produced[kind], { withinMs: 30_000, everyMs: 2 });
    await this.#stats.flusher.settled();
  }

  async #ask({ method, target, body }: HttpStep): Promise<Outcome> {
    const reply = await rawRequest(this.#running?.port ?? 0, method, target, body);
    return { is: "http", status: reply.status, contentType: reply.contentType, reply: reply.body };
  }

  async #flush(): Promise<Outcome> {
    const before = this.#stats.flusher.lastFlushTime;
    await this.#wake();
    const happened = this.#stats.flusher.lastFlushTime !== before;
    const file = await readFile(this.#config.flush.lastFlushFile ?? "", "utf8").catch(() => "");
    return { is: "flush", flush: { happened, file, rows: this.#rows() } };
  }

  #rows(): TableRow[] {
    const columns = this.#services
      .sql(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'mining_workers' ORDER BY ordinal_position",
      )
      .split("\n")
      .filter((name) => name !== "");
    if (columns.length === 0) return [];
    const pairs = columns.map((name) => `'${name}', CAST(\`${name}\` AS CHAR)`).join(",");
    const text = this.#services.sql(
      `SET time_zone = '+00:00'; SELECT JSON_OBJECT(${pairs}) FROM mining_workers ORDER BY puid, worker_id`,
    );
    // The client shows a backslash as two.
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line): TableRow => JSON.parse(line.replaceAll("\\\\", "\\")));
  }

  async #end(): Promise<Outcome> {
    await this.stop();
    return { is: "exit", code: 0 };
  }
}
