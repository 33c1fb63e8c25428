import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { backoffMs } from "@banksman/kit";
import type { WorkerReply } from "./worker-messages.ts";

export type LinkHandlers = {
  onReply: (reply: WorkerReply) => void;
  /** The thread died and another one is started; until `onStarted` nobody writes. */
  onDied: (error: Error) => void;
  onStarted: () => void;
};

type Options = {
  script: URL;
  setup: object;
  /** Orders are held until a sync after them was answered, so that the next thread gets them again. */
  keeps: boolean;
};

type Kept<Order> = { order: Order; bytes: number; before: number };

const RESTART = { firstMs: 200, maxMs: 30_000 };
/** A thread that lived so long died of something else than its first order. */
const LIVED_MS = 60_000;

/** A writer's thread, with the bytes that are on their way to it. One that dies is started anew. */
export class WorkerLink<Order> {
  readonly #options: Options;
  readonly #handlers: LinkHandlers;
  readonly #waiting = new Map<number, { order: Order; resolve: () => void }>();
  #worker: Worker | null = null;
  #kept: Kept<Order>[] = [];
  #numbers = 0;
  #isEnding = false;
  #isDown = false;
  #deaths = 0;
  #startedMs = 0;
  #lastError: Error | null = null;
  #timer: NodeJS.Timeout | undefined;
  /** Bytes sent and not yet on disk. */
  outstanding = 0;
  trouble: string | null = null;

  constructor(options: Options, handlers: LinkHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#start();
  }

  /** The thread died and the next one doesn't run yet. */
  get isDown(): boolean {
    return this.#isDown;
  }

  /** Hands bytes over; they are the thread's from now on. Without a thread only what is kept is not lost. */
  send(order: Order, bytes: number, transfer: readonly ArrayBuffer[]): void {
    const { keeps } = this.#options;
    if (!keeps && this.#isDown) return;
    this.outstanding += bytes;
    if (keeps) this.#kept.push({ order, bytes, before: this.#numbers + 1 });
    this.#worker?.postMessage(order, keeps ? [] : transfer);
  }

  /** Sends an order made with a number and resolves when the thread, or the one after it, has answered it. */
  ask(order: (number: number) => Order): Promise<void> {
    const number = ++this.#numbers;
    return new Promise((resolve) => {
      const made = order(number);
      this.#waiting.set(number, { order: made, resolve });
      this.#worker?.postMessage(made);
    });
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    clearTimeout(this.#timer);
    if (!this.#worker) return;
    const exited = once(this.#worker, "exit");
    await this.#worker.terminate();
    await exited.catch(() => undefined);
  }

  #start(): void {
    const worker = new Worker(this.#options.script, { workerData: this.#options.setup });
    this.#worker = worker;
    this.#startedMs = performance.now();
    worker.on("message", (reply: WorkerReply) => {
      this.#onReply(reply);
      this.#handlers.onReply(reply);
    });
    worker.on("error", (error) => {
      this.#lastError = error instanceof Error ? error : new Error(String(error));
    });
    worker.on("exit", (code) => this.#onExit(code));
  }

  #onExit(code: number): void {
    if (this.#isEnding) return;
    const error = this.#lastError ?? new Error(`ended with code ${code}`);
    this.#lastError = null;
    this.#worker = null;
    this.#isDown = true;
    this.trouble = null;
    this.outstanding = this.#kept.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#deaths = performance.now() - this.#startedMs > LIVED_MS ? 1 : this.#deaths + 1;
    this.#handlers.onDied(error);
    this.#timer = setTimeout(() => this.#restart(), backoffMs(RESTART, this.#deaths));
  }

  /** The new thread gets what the old one did not answer for, in the old order. */
  #restart(): void {
    this.#start();
    this.#worker?.once("online", () => {
      this.#isDown = false;
      this.#handlers.onStarted();
    });
    for (const { order } of this.#kept) this.#worker?.postMessage(order);
    for (const { order } of this.#waiting.values()) this.#worker?.postMessage(order);
  }

  #onReply(reply: WorkerReply): void {
    if (reply.reply === "taken") this.outstanding -= reply.bytes;
    else if (reply.reply === "trouble") this.trouble = reply.reason;
    else if (reply.reply === "synced" || reply.reply === "flushed") {
      this.#kept = this.#kept.filter(({ before }) => before > reply.number);
      this.#waiting.get(reply.number)?.resolve();
      this.#waiting.delete(reply.number);
    }
  }
}
