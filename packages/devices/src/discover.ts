import type { CredentialBook } from "./credentials.ts";
import { families as builtIn } from "./families/index.ts";
import type { Family } from "./family.ts";
import { newMemory } from "./memory.ts";
import { CGMINER_PORT, type DriverOptions, readMiner } from "./read-miner.ts";
import { type Knock, knockAll } from "./scan-port.ts";

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

/** Machines that are asked who they are at once, beside the scan. */
const ASKED_AT_ONCE = 64;

/**
 * Looks who is at the addresses: one connect to 4028 each, and only who answers is asked its name. Who refuses 4028 is
 * there and may be a miner without it, so that its other ports are tried; who is silent isn't. Ends early, without an
 * error, when the signal aborts.
 */
export async function discover(hosts: Iterable<string>, options: DiscoverOptions): Promise<void> {
  const { port = CGMINER_PORT, signal, onSettled } = options;
  const scan = { ...options, port };
  const settled = new Watermark(onSettled);
  const queue: { host: string; index: number }[] = [];
  const asking = new Set<Promise<void>>();
  const next = () => {
    while (asking.size < ASKED_AT_ONCE && !signal.aborted) {
      const one = queue.shift();
      if (!one) return;
      const asked = identify(one.host, port, options).then((found) => {
        asking.delete(asked);
        if (signal.aborted) return;
        if (found) options.onFound(found);
        settled.add(one.index);
        next();
      });
      asking.add(asked);
    }
  };
  await knockAll(hosts, scan, signal, ({ host, answer }: Knock, index) => {
    if (answer === "silent") settled.add(index);
    else {
      queue.push({ host, index });
      next();
    }
  });
  while (asking.size > 0) await Promise.race(asking);
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
