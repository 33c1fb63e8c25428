import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { WorkerReply } from "./worker-messages.ts";

type Handlers = { onReply: (reply: WorkerReply) => void; onDied: (error: Error) => void };

/** A writer's thread, with the bytes that are on their way to it. */
export class WorkerLink<Order> {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, () => void>();
  #numbers = 0;
  /** Bytes sent and not yet on disk. */
  outstanding = 0;
  trouble: string | null = null;

  constructor(script: URL, setup: object, handlers: Handlers) {
    this.#worker = new Worker(script, { workerData: setup });
    this.#worker.on("message", (reply: WorkerReply) => {
      this.#onReply(reply);
      handlers.onReply(reply);
    });
    this.#worker.on("error", (error) => handlers.onDied(error instanceof Error ? error : new Error(String(error))));
  }

  /** Hands bytes over; they are the thread's from now on. */
  send(order: Order, bytes: number, transfer: readonly ArrayBuffer[]): void {
    this.outstanding += bytes;
    this.#worker.postMessage(order, transfer);
  }

  /** Sends an order made with a number and resolves when the thread has answered it. */
  ask(order: (number: number) => Order): Promise<void> {
    const number = ++this.#numbers;
    return new Promise((resolve) => {
      this.#waiting.set(number, resolve);
      this.#worker.postMessage(order(number));
    });
  }

  async end(): Promise<void> {
    const exited = once(this.#worker, "exit");
    await this.#worker.terminate();
    await exited.catch(() => undefined);
  }

  #onReply(reply: WorkerReply): void {
    if (reply.reply === "taken") this.outstanding -= reply.bytes;
    else if (reply.reply === "trouble") this.trouble = reply.reason;
    else if (reply.reply === "synced" || reply.reply === "flushed") {
      this.#waiting.get(reply.number)?.();
      this.#waiting.delete(reply.number);
    }
  }
}
