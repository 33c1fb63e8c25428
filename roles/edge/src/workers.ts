import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";

/** With `auto`, as many miners are read at once as a sweep of this length needs, or of what the CPU alone takes. */
const TARGET_SWEEP_MS = 1_500;
const FEWEST = 20;
const HEADROOM_FILES = 256;
/** Until the first answers are in. */
const ASSUMED_LATENCY_MS = 100;
/** Above this share of busy time the event loop is what bounds the sweep: more sockets would only wait in line. */
const BUSY = 0.85;
const JUDGE_EVERY = 50;
/** So many judgements make the mean CPU time of a read: the first reads, before the code is warm, are soon forgotten. */
const CPU_MEMORY = 20;

/** How many connections may be open at once without running into the open-file limit. */
export function mostWorkers(limits = readLimits()): number {
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return Math.max(FEWEST, (soft === undefined ? 1_024 : Number(soft)) - HEADROOM_FILES);
}

function readLimits(): string {
  try {
    return readFileSync("/proc/self/limits", "utf8");
  } catch {
    return ""; // not Linux: the smallest usual limit is assumed
  }
}

export type Workers = {
  /** How many miners may be read at once just now. */
  readonly limit: number;
  /** How many are read in a millisecond when all workers are busy. */
  readonly perMs: number;
  /** Takes note of how long one read usually keeps its socket, in ms. */
  took: (ms: number) => void;
  /** A sweep begins, or has ended with so many reads in so many ms. */
  begin: () => void;
  end: (reads: number, ms: number) => void;
};

/** What the machine allows; tests put their own in its place. */
export type Machine = {
  mostWorkers: number;
  /** Share of time the event loop was busy since it was last asked, 0 to 1. */
  busyShare: () => number;
  /** CPU time of this process so far, in ms. */
  cpuMs: () => number;
};

function thisMachine(): Machine {
  let before = performance.eventLoopUtilization();
  return {
    mostWorkers: mostWorkers(),
    busyShare: () => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      return utilization;
    },
    cpuMs: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    },
  };
}

/**
 * A configured number is kept. `auto` is miners × mean time a read takes ÷ target sweep time, at least 20 and at most
 * what the open-file limit allows; it follows what is measured, also within a sweep. Where the CPU alone needs longer
 * than the target, that is the target: more sockets would only wait in line, and hold memory while they do.
 */
export function createWorkers(setting: number | "auto", miners: number, machine: Machine = thisMachine()): Workers {
  const worth = new Worth();
  let cpuBefore = machine.cpuMs();
  let cpuPerRead = 0;
  let mean = ASSUMED_LATENCY_MS;
  let seen = 0;
  const needed = () => {
    const targetMs = Math.max(TARGET_SWEEP_MS, miners * cpuPerRead);
    return Math.min(machine.mostWorkers, worth.most, Math.max(FEWEST, Math.ceil((miners * mean) / targetMs)));
  };
  let limit = setting === "auto" ? needed() : setting;
  return {
    get limit() {
      return limit;
    },
    get perMs() {
      return limit / Math.max(1, mean);
    },
    took: (ms) => {
      seen++;
      // A plain mean at first, then one over about as many reads as there are miners: dead ones weigh what they cost.
      mean += (ms - mean) / Math.min(seen, Math.max(100, miners));
      if (setting !== "auto" || seen % JUDGE_EVERY !== 0) return;
      const cpu = machine.cpuMs();
      cpuPerRead += ((cpu - cpuBefore) / JUDGE_EVERY - cpuPerRead) / Math.min(seen / JUDGE_EVERY, CPU_MEMORY);
      cpuBefore = cpu;
      const wanted = needed();
      if (wanted < limit || machine.busyShare() < BUSY) limit = wanted;
    },
    begin: () => {
      worth.begin(limit);
      // What the process did between two sweeps is no cost of reading.
      cpuBefore = machine.cpuMs();
      machine.busyShare();
    },
    end: (reads, ms) => {
      if (setting === "auto") limit = worth.end(limit, reads / Math.max(1, ms));
    },
  };
}

/** More workers must bring at least a tenth more reads a second to be kept. */
const WORTH_IT = 1.1;
/** A rate is forgotten by this much a sweep, so that a limit is tried anew after some. */
const FORGET = 0.98;

/**
 * Remembers how many workers brought the best rate. On a machine that is short of CPU, or behind a slow switch, more
 * sockets only make every read take longer, which would call for still more of them: what brought nothing is taken
 * back, and no sweep more than doubles their number.
 */
class Worth {
  most = Number.POSITIVE_INFINITY;
  #ceiling = Number.POSITIVE_INFINITY;
  #best = { limit: 0, rate: 0 };

  begin(limit: number): void {
    this.most = Math.min(this.#ceiling, 2 * limit);
  }

  /** `rate` in reads a ms; returns the limit to go on with. */
  end(limit: number, rate: number): number {
    const best = this.#best;
    const better = rate > best.rate * WORTH_IT;
    const asGoodWithFewer = limit <= best.limit && rate * WORTH_IT > best.rate;
    if (better || asGoodWithFewer) {
      if (better) this.#ceiling = Number.POSITIVE_INFINITY;
      this.#best = { limit, rate };
      return limit;
    }
    best.rate *= FORGET;
    if (limit > best.limit) this.#ceiling = best.limit;
    return Math.min(limit, this.#ceiling);
  }
}

const BURST = 16;
const BURST_MS = 20;
const AHEAD = 1.15;

/**
 * Spreads the starts of reads over time. Hundreds started at once would answer at once, be decoded at once and start at
 * once again, while the loop idles in between; spread, connecting, waiting and decoding go on side by side, and no
 * switch sees a burst. A little faster than the workers can be, so that they are never short of work.
 */
export class Pace {
  readonly #workers: Workers;
  #tokens = BURST;
  #at = performance.now();

  constructor(workers: Workers) {
    this.#workers = workers;
  }

  mayStart(): boolean {
    const now = performance.now();
    const perMs = this.#workers.perMs * AHEAD;
    this.#tokens = Math.min(Math.max(BURST, perMs * BURST_MS), this.#tokens + (now - this.#at) * perMs);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
