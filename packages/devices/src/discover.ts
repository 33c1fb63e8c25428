import type { CredentialBook } from "./credentials.ts";
import { families as builtIn } from "./families/index.ts";
import type { Family } from "./family.ts";
import { newMemory } from "./memory.ts";
import { CGMINER_PORT, type DriverOptions, readMiner, V3_PORT } from "./read-miner.ts";
import { type Door, doorsOf, knockAll } from "./scan-port.ts";

/** One machine that was found and named itself. */
export type Discovered = {
  host: string;
  /** Connect to the first answer's end, in ms. */
  latency_ms: number;
  /** Requests that naming it took. */
  requests: number;
  driver: string;
  /** What `type` a configuration may say for it. */
  type: string;
  make: string | null;
  model: string | null;
  firmware: string | null;
  mac: string | null;
  serial: string | null;
};

export type DiscoverOptions = CredentialBook & {
  /** 4028 unless given. */
  port?: number;
  options?: DriverOptions;
  /** New connections a second: switches and home routers drop ARP requests beyond some 2,000. */
  ratePerSecond: number;
  /** Connections of the scan open at once. */
  concurrency: number;
  /** How long a silent address is waited for. */
  timeoutMs: number;
  /** How long one machine may take to name itself (10,000). */
  identifyMs?: number;
  families?: readonly Family[];
  signal: AbortSignal;
  onFound: (found: Discovered) => void;
  /** Called when an address is settled, with how many from the start on are: where a later scan may go on. */
  onSettled?: (settled: number) => void;
};

const WEB_PORT = 80;
/** Machines that are asked who they are at once, beside the scan. */
const ASKED_AT_ONCE = 64;

/**
 * Looks who is at the addresses: one connect to 4028 each, and only who answers is asked its name. Who refuses 4028 is
 * there and may be a miner without it, so that its other ports are tried, within the same rate; who is silent isn't
 * there. Ends early, without an error, when the signal aborts.
 */
export async function discover(hosts: Iterable<string>, options: DiscoverOptions): Promise<void> {
  const { port = CGMINER_PORT, signal, onSettled } = options;
  const settled = new Watermark(onSettled);
  const asker = new Asker(options, port, settled);
  const first = doorsOf(hosts, port);
  const others = new OtherDoors(options.options ?? {});
  await knockAll(
    () => others.next() ?? first(),
    options,
    signal,
    ({ answer }, door) => {
      if (answer === "open") {
        others.forget(door.index);
        asker.ask(door);
      } else if (answer === "refused" && door.port === port) others.open(door);
      else if (!others.isAwaited(door.index) && !asker.knows(door.index)) settled.add(door.index);
    },
  );
  await asker.done();
}

/** The ports of machines without 4028, tried where somebody is there and refuses that. */
class OtherDoors {
  readonly #ports: readonly number[];
  readonly #waiting: Door[] = [];
  /** How many doors of an address are not answered yet. */
  readonly #awaited = new Map<number, number>();

  constructor({ v3_port: v3 = V3_PORT, http_port: http = WEB_PORT }: DriverOptions) {
    this.#ports = [v3, http];
  }

  open({ host, index }: Door): void {
    this.#awaited.set(index, this.#ports.length);
    this.#waiting.push(...this.#ports.map((port) => ({ host, port, index })));
  }

  next(): Door | undefined {
    const door = this.#waiting.shift();
    return door && !this.#awaited.has(door.index) ? this.next() : door;
  }

  /** One of them opened: the rest need not be tried. */
  forget(index: number): void {
    this.#awaited.delete(index);
  }

  /** True while more of its doors may open, or one has; called once for each that stayed closed. */
  isAwaited(index: number): boolean {
    const left = this.#awaited.get(index);
    if (left === undefined) return false;
    this.#awaited.set(index, left - 1);
    if (left > 1) return true;
    this.#awaited.delete(index);
    return false;
  }
}

/** Asks those who answer who they are, beside the scan. */
class Asker {
  readonly #options: DiscoverOptions;
  readonly #port: number;
  readonly #settled: Watermark;
  readonly #queue: Door[] = [];
  readonly #asking = new Set<Promise<void>>();
  readonly #known = new Set<number>();

  constructor(options: DiscoverOptions, port: number, settled: Watermark) {
    this.#options = options;
    this.#port = port;
    this.#settled = settled;
  }

  knows(index: number): boolean {
    return this.#known.has(index);
  }

  ask(door: Door): void {
    // Both of its other doors may have opened at the same moment.
    if (this.knows(door.index)) return;
    this.#known.add(door.index);
    this.#queue.push(door);
    this.#next();
  }

  async done(): Promise<void> {
    while (this.#asking.size > 0) await Promise.race(this.#asking);
  }

  #next(): void {
    const { signal } = this.#options;
    while (this.#asking.size < ASKED_AT_ONCE && !signal.aborted) {
      const door = this.#queue.shift();
      if (!door) return;
      const asked = identify(door.host, this.#port, this.#options).then((found) => {
        this.#asking.delete(asked);
        if (signal.aborted) return;
        if (found) this.#options.onFound(found);
        this.#settled.add(door.index);
        this.#next();
      });
      this.#asking.add(asked);
    }
  }
}

async function identify(host: string, port: number, options: DiscoverOptions): Promise<Discovered | null> {
  const { timeoutMs, identifyMs = 10_000, families = builtIn, signal, credentials, factoryCredentials } = options;
  const { reading, commands } = await readMiner(
    { host, port, ...(options.options && { options: options.options }) },
    newMemory(),
    {
      connectTimeoutMs: timeoutMs,
      totalTimeoutMs: identifyMs,
      identifyOnly: true,
      signal,
      families,
      ...(credentials && { credentials }),
      ...(factoryCredentials && { factoryCredentials }),
    },
  );
  const { driver } = reading;
  if (!reading.online || driver == null) return null;
  return {
    host,
    latency_ms: reading.latency_ms ?? 0,
    requests: commands.length,
    driver,
    type: families.find((family) => family.id === driver)?.types[0] ?? "auto",
    make: reading.make ?? null,
    model: reading.model ?? null,
    firmware: reading.firmware ?? null,
    mac: reading.mac ?? null,
    serial: reading.serial ?? null,
  };
}

/** How many numbers from 0 on have all come, in whatever order. */
class Watermark {
  readonly #early = new Set<number>();
  readonly #onMoved: ((settled: number) => void) | undefined;
  #settled = 0;

  constructor(onMoved: ((settled: number) => void) | undefined) {
    this.#onMoved = onMoved;
  }

  add(index: number): void {
    this.#early.add(index);
    const before = this.#settled;
    while (this.#early.delete(this.#settled)) this.#settled++;
    if (this.#settled > before) this.#onMoved?.(this.#settled);
  }
}
