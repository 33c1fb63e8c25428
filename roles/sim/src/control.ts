import {
  defaultSettings,
  type Fate,
  type MinerState,
  minerStateAt,
  type PoolRow,
  type Settings,
} from "./miner-state.ts";
import type { Model } from "./models.ts";
import type { Noise } from "./noise.ts";

/** What goes wrong with orders: `planFaults` hands them to miners like the wire's faults. */
export const ORDER_FAULTS = [
  /** Carries the order out and never answers. */
  "order_hang",
  /** Takes the order and neither does it nor answers. */
  "order_busy",
  /** Says yes and does nothing. */
  "order_ignored",
  /** Says no with an error code. */
  "order_error",
  /** Turns away a right password or token. */
  "order_denied",
  /** Turns away the first order for its token or nonce, as if that had run out. */
  "order_stale_token",
] as const;
export type OrderFault = (typeof ORDER_FAULTS)[number];

/** How long things take, in ms of the miner's clock, and the difficulty of its shares. */
export type Timing = { rebootMs: number; startingMs: number; difficulty: number };
export const REAL_TIMING: Timing = { rebootMs: 45_000, startingMs: 120_000, difficulty: 262_144 };

/** What the device makes of an order, before its firmware puts that into bytes. */
export type Verdict = "yes" | "no" | "denied" | "silent";

type Effect = "reboot" | "restart" | "none";

/**
 * What was ordered of one simulated miner, and what came of it. It counts every order that arrived, so that a test can
 * tell one delivery from two.
 */
export class Control {
  settings: Settings;
  /** Orders that arrived, and those carried out, by the firmware's own name for them. */
  readonly arrived = new Map<string, number>();
  readonly done = new Map<string, number>();
  readonly #now: () => number;
  readonly #timing: Timing;
  readonly #fault: OrderFault | undefined;
  #hasTurnedAway = false;
  #startedAt: number | null = null;
  #awayUntil = 0;

  constructor(fate: Fate, options: { now: () => number; timing?: Timing; fault?: OrderFault | undefined }) {
    this.#now = options.now;
    this.#timing = options.timing ?? REAL_TIMING;
    this.#fault = options.fault;
    this.settings = defaultSettings(fate);
  }

  /** Down for a reboot: every port refuses. */
  get isAway(): boolean {
    return this.#now() < this.#awayUntil;
  }

  get turnsAway(): boolean {
    return this.#fault === "order_denied";
  }

  /** True for the first order under a token that is then said to have run out. */
  tokenHasRunOut(): boolean {
    if (this.#fault !== "order_stale_token" || this.#hasTurnedAway) return false;
    this.#hasTurnedAway = true;
    return true;
  }

  /** An order has come in under a good name; `change` is what it does to the settings. */
  order(name: string, effect: Effect, change: Partial<Settings> = {}): Verdict {
    raise(this.arrived, name);
    if (this.#fault === "order_denied") return "denied";
    if (this.#fault === "order_error") return "no";
    if (this.#fault === "order_busy") return "silent";
    if (this.#fault === "order_ignored") return "yes";
    raise(this.done, name);
    this.settings = { ...this.settings, ...change };
    if (effect === "restart") this.#startedAt = this.#now();
    if (effect === "reboot") {
      this.#awayUntil = this.#now() + this.#timing.rebootMs;
      this.#startedAt = this.#awayUntil;
    }
    return this.#fault === "order_hang" ? "silent" : "yes";
  }

  /** The miner as it is now. */
  state(model: Model, fate: Fate, noise: Noise): MinerState {
    const { startingMs, difficulty } = this.#timing;
    return minerStateAt(model, fate, noise, this.#now(), {
      settings: this.settings,
      startedAt: this.#startedAt,
      startingS: startingMs / 1_000,
      difficulty,
    });
  }
}

function raise(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** Pools as an order names them, padded to the three places that a miner has. */
export const poolRowsOf = (pools: readonly Partial<PoolRow>[]): PoolRow[] =>
  [0, 1, 2].map((index) => ({
    url: pools[index]?.url ?? "",
    user: pools[index]?.user ?? "",
    pass: pools[index]?.pass ?? "",
  }));
