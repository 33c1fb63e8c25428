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
  const scan = knockAll(hosts, options, signal, ({ host, answer, latencyMs }) => {
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

/** Connects to one host after the other at the given rate; `onKnock` is called for each as it answers or doesn't. */
export async function knockAll(
  hosts: Iterable<string>,
  { port, ratePerSecond, concurrency, timeoutMs }: Omit<ScanOptions, "signal">,
  signal: AbortSignal,
  onKnock: (knock: Knock, index: number) => void,
): Promise<void> {
  const running = new Set<Promise<void>>();
  const start = performance.now();
  let started = 0;
  for (const host of hosts) {
    if (signal.aborted) break;
    const early = start + (started * 1_000) / ratePerSecond - performance.now();
    if (early > 1) await sleep(early, undefined, { signal }).catch(() => {});
    while (running.size >= concurrency && !signal.aborted) await Promise.race(running);
    if (signal.aborted) break;
    const index = started++;
    const one = knock(host, port, timeoutMs, signal).then((answer) => {
      running.delete(one);
      if (answer) onKnock(answer, index);
    });
    running.add(one);
  }
  await Promise.all(running);
}

/** Null when it was given up before it was decided. */
function knock(host: string, port: number, timeoutMs: number, signal: AbortSignal): Promise<Knock | null> {
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
