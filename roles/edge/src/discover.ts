import type { Log } from "@banksman/kit";
import type { EdgeConfig } from "./config.ts";
import { addressesOf } from "./ipv4.ts";
import type { MinerSpec } from "./miner-list.ts";

const API_PORT = 4028;
/** Gentle to home routers and switches, which drop ARP above about 2,000 new connections a second. */
const GENTLY = { port: API_PORT, ratePerSecond: 500, concurrency: 256, timeoutMs: 1_500 };

/** Finds open API ports; the devices library's scanner. */
export type Scan = (
  hosts: Iterable<string>,
  how: typeof GENTLY & { signal: AbortSignal },
) => AsyncIterable<{ host: string }>;

/** The miners of a site: those configured and those found. A found one's id is its address. */
export class MinerBook {
  #miners: MinerSpec[];
  readonly #hosts: Set<string>;

  constructor(configured: readonly MinerSpec[]) {
    this.#miners = [...configured];
    this.#hosts = new Set(configured.map((miner) => miner.host));
  }

  get miners(): readonly MinerSpec[] {
    return this.#miners;
  }

  /** Scans the networks for addresses not yet known and adds what answers; returns how many were added. */
  async discover(networks: EdgeConfig["discover"], scan: Scan, log: Log, signal: AbortSignal): Promise<number> {
    let found = 0;
    for await (const { host } of scan(this.#unknownHosts(networks), { ...GENTLY, signal })) {
      if (this.#hosts.has(host)) continue;
      this.#hosts.add(host);
      this.#miners = [...this.#miners, { id: host, host, port: API_PORT, type: "auto" }];
      found++;
    }
    if (found > 0) log.info({ found, miners: this.#miners.length }, `${found} miners found`);
    return found;
  }

  *#unknownHosts(networks: EdgeConfig["discover"]): Generator<string> {
    for (const network of networks) {
      for (const host of addressesOf(network)) if (!this.#hosts.has(host)) yield host;
    }
  }
}
