import type { CoolingFamily, CoolingTurn } from "@banksman/devices";
import { type Clock, codeOf } from "@banksman/kit";
import { lockDevice } from "../orders/device-lock.ts";
import { MinerUsage } from "../orders/errors.ts";
import { paced, restAfter } from "./schedule.ts";
import { deviceOf } from "./units.ts";

/** A switch answers a few hundred questions a second for addresses it doesn't know; a flood of them is dropped. */
const CONNECTS_PER_S = 200;
const BUSY_WAIT_MS = 50;

type Options = { folder: string; clock: Clock; signal?: AbortSignal };

/**
 * One request at a time to each controller, whoever makes it: the rounds, orders from the server, or another process of this
 * machine that has the same folder. A controller asks its PLC for every request: two at once time each other out.
 */
export class Turns {
  readonly #options: Options;
  readonly #queues = new Map<string, Promise<void>>();
  /** Until when a device that took a request and stayed silent is left alone. */
  readonly #resting = new Map<string, number>();
  #lastConnect = Number.NEGATIVE_INFINITY;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Runs `ask` when the device is free; null when it wasn't before `until`, in ms of the monotonic clock. */
  take<T>(device: string, until: number, ask: () => Promise<T>): Promise<{ of: T } | null> {
    return this.#take(device, async () => {
      if (!(await this.#rested(device, until))) return null;
      return this.#alone(device, until, () => this.#noting(device, ask));
    });
  }

  /** Asks when nobody else of this process does. */
  async #take<T>(device: string, ask: () => Promise<T>): Promise<T> {
    const before = this.#queues.get(device) ?? Promise.resolve();
    const done = Promise.withResolvers<void>();
    const mine = before.then(() => done.promise);
    this.#queues.set(device, mine);
    try {
      await before;
      return await ask();
    } finally {
      done.resolve();
      if (this.#queues.get(device) === mine) this.#queues.delete(device);
    }
  }

  /** Asks when nobody else of this machine does. */
  async #alone<T>(device: string, until: number, ask: () => Promise<T>): Promise<{ of: T } | null> {
    using held = await this.#hold(device, until);
    if (!held) return null;
    await this.#pace();
    return { of: await ask() };
  }

  /** The same for what can't go on without: rejects with USAGE_CALL_BUSY. */
  async insist<T>(device: string, until: number, ask: () => Promise<T>): Promise<T> {
    const turn = await this.take(device, until, ask);
    if (!turn) throw MinerUsage.CALL_BUSY(device);
    return turn.of;
  }

  /**
   * The turns of a look by each driver, for finding out whose controller a unit is: what says nothing to one protocol is
   * asked in the next at once. Each waits for its turn for `waitMs` at most, and rejects with USAGE_CALL_BUSY.
   */
  findingOut(unit: Parameters<typeof deviceOf>[0], waitMs: number): (family: CoolingFamily) => CoolingTurn {
    return (family) => async (ask) => {
      const device = deviceOf(unit, family);
      const until = this.#options.clock.monotonic() + waitMs;
      const turn = await this.#take(device, () => this.#alone(device, until, ask));
      if (!turn) throw MinerUsage.CALL_BUSY(device);
      return turn.of;
    };
  }

  /** Until when the device is left alone; 0 when it isn't. */
  restsUntil(device: string): number {
    return this.#resting.get(device) ?? 0;
  }

  async #noting<T>(device: string, ask: () => Promise<T>): Promise<T> {
    const { clock } = this.#options;
    const askedAt = clock.monotonic();
    try {
      return await ask();
    } catch (error) {
      if (codeOf(error) === "DEVICE_SILENT") this.#resting.set(device, restAfter(askedAt, clock.monotonic()));
      throw error;
    }
  }

  async #rested(device: string, until: number): Promise<boolean> {
    const { clock } = this.#options;
    const rest = this.restsUntil(device);
    const now = clock.monotonic();
    if (rest >= until) return false;
    if (rest > now) await this.#sleep(rest - now);
    if (this.#options.signal?.aborted) return false;
    this.#resting.delete(device);
    return true;
  }

  async #hold(device: string, until: number): Promise<Disposable | null> {
    const { folder, clock } = this.#options;
    for (;;) {
      if (clock.monotonic() >= until || this.#options.signal?.aborted) return null;
      try {
        return lockDevice(folder, `${device}.call`);
      } catch (error) {
        if (codeOf(error) !== "USAGE_DEVICE_BUSY") throw error;
        await this.#sleep(BUSY_WAIT_MS);
      }
    }
  }

  async #pace(): Promise<void> {
    const { clock } = this.#options;
    const now = clock.monotonic();
    this.#lastConnect = paced(now, this.#lastConnect, CONNECTS_PER_S);
    if (this.#lastConnect > now) await this.#sleep(this.#lastConnect - now);
  }

  /** Until the time is over or nothing is asked any more. */
  async #sleep(ms: number): Promise<void> {
    const { clock, signal } = this.#options;
    await clock.sleep(ms, signal).catch(() => undefined);
  }
}
