import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export type ScanOptions = {
  port: number;
  /** New connections a second: switches and home routers drop ARP requests beyond some 2,000. */
  ratePerSecond: number;
  /** Connections open at once. */
  concurrency: number;
  /** How long a silent address is waited for. */
  timeoutMs: number;
  signal?: AbortSignal;
};

export type OpenPort = { host: string; latencyMs: number };

/** What came of one connect: `refused` is somebody who is there with the port closed. */
export type Knock = { host: string; answer: "open" | "refused" | "silent"; latencyMs: number };

/**
 * Finds the hosts with an open port, without saying a word to them: the first one to answer comes first. Ends early, and
 * without an error, when the signal aborts or the caller leaves the loop.
 */
export async function* scanPort(hosts: Iterable<string>, options: ScanOptions): AsyncGenerator<OpenPort, void, void> {
  const found: OpenPort[] = [];
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  let wake = () => {};
  let done = false;
  const scan = knockAll(doorsOf(hosts, options.port), options, signal, ({ host, answer, latencyMs }) => {
    if (answer === "open") found.push({ host, latencyMs });
    wake();
  }).finally(() => {
    done = true;
    wake();
  });
  try {
    for (;;) {
      const next = found.shift();
      if (next) yield next;
      else if (done) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    stop.abort();
    await scan;
  }
}

/** Each host's door on that port, one after the other. */
export function doorsOf(hosts: Iterable<string>, port: number): () => Door | undefined {
  const left = hosts[Symbol.iterator]();
  let index = 0;
  return () => {
    const { done, value } = left.next();
    return done ? undefined : { host: value, port, index: index++ };
  };
}

/** One connect that is to be tried; `index` says which of the scan's addresses it is for. */
export type Door = { host: string; port: number; index: number };

/**
 * Tries one door after the other at the given rate, until `next` has none and every answer is in: an answer may bring
 * further doors. `onKnock` is called for each as it answers or doesn't.
 */
export async function knockAll(
  next: () => Door | undefined,
  { ratePerSecond, concurrency, timeoutMs }: Pick<ScanOptions, "ratePerSecond" | "concurrency" | "timeoutMs">,
  signal: AbortSignal,
  onKnock: (knock: Knock, door: Door) => void,
): Promise<void> {
  const running = new Set<Promise<void>>();
  const start = performance.now();
  let started = 0;
  while (!signal.aborted) {
    const early = start + (started * 1_000) / ratePerSecond - performance.now();
    if (early > 1) await sleep(early, undefined, { signal }).catch(() => {});
    while (running.size >= concurrency && !signal.aborted) await Promise.race(running);
    const door = signal.aborted ? undefined : next();
    if (!door) {
      if (running.size === 0) break;
      await Promise.race(running);
      continue;
    }
    started++;
    const one = knock(door, timeoutMs, signal).then((answer) => {
      running.delete(one);
      if (answer) onKnock(answer, door);
    });
    running.add(one);
  }
  await Promise.all(running);
}

/** Null when it was given up before it was decided. */
function knock({ host, port }: Door, timeoutMs: number, signal: AbortSignal): Promise<Knock | null> {
  return new Promise((resolve) => {
    const start = performance.now();
    const socket = connect({ host, port });
    const end = (answer: Knock["answer"] | null) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket.destroy();
      resolve(answer && { host, answer, latencyMs: performance.now() - start });
    };
    const onAbort = () => end(null);
    const timer = setTimeout(() => end("silent"), timeoutMs);
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("connect", () => end("open"));
    socket.once("error", (error: NodeJS.ErrnoException) => end(error.code === "ECONNREFUSED" ? "refused" : "silent"));
  });
}
