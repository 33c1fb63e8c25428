import type { Discovered, DiscoverOptions } from "@banksman/devices";
import { type CodedError, defineErrors, runRole } from "@banksman/kit";
import { type AddressRange, addressesOf, parseIpv4, parseRange } from "../ipv4.ts";
import { type LoginFlags, loginOf } from "../orders/login.ts";
import { asConfig, asCsv, asTable, duplicatesOf } from "./found.ts";
import { begun, ScanFile, type ScanState } from "./resume.ts";
import { ScanBar } from "./scan-bar.ts";

/** The flags of `banksman discover`, as text. */
export type DiscoverFlags = LoginFlags & {
  exclude?: string[] | undefined;
  json?: boolean | undefined;
  csv?: boolean | undefined;
  config?: boolean | undefined;
  fresh?: boolean | undefined;
  rate?: string | undefined;
  concurrency?: string | undefined;
  timeout?: string | undefined;
  port?: string | undefined;
  httpPort?: string | undefined;
  v3Port?: string | undefined;
};

const DiscoverUsage = defineErrors("USAGE", {
  DISCOVER: { text: (why: string) => `banksman discover: ${why}`, retry: false },
});
const usage = (why: string): CodedError => DiscoverUsage.DISCOVER(why);

/** The devices library's search. */
export type Search = (hosts: Iterable<string>, options: DiscoverOptions) => Promise<void>;

type Plan = {
  scope: string;
  ranges: AddressRange[];
  excluded: AddressRange[];
  total: number;
  port: number;
  doors: Record<string, number>;
  how: Pick<DiscoverOptions, "ratePerSecond" | "concurrency" | "timeoutMs" | "credentials" | "factoryCredentials">;
};

const STATE_FILE = "./cache/discover.json";
const SAVE_EVERY_MS = 1_000;

/** Runs `banksman discover RANGE…`; resolves to the exit code: 0 when the scan is through, 1 when it was stopped. */
export function runDiscover(ranges: readonly string[], flags: DiscoverFlags, search: Search): Promise<number> {
  return runRole(
    "edge",
    () => planOf(ranges, flags),
    async (plan, { signal }) => {
      const file = new ScanFile(STATE_FILE, (text) => process.stderr.write(`${text}\n`));
      const state = flags.fresh ? begun(plan.scope) : file.load(plan.scope);
      if (state.settled > 0) {
        process.stderr.write(`going on at address ${state.settled + 1} of ${plan.total} (--fresh begins anew)\n`);
      }
      const began = performance.now();
      await scan(plan, state, file, search, signal);
      if (signal.aborted) {
        const next = file.isWritable ? "goes on from there" : "begins anew";
        process.stderr.write(`stopped at ${state.settled} of ${plan.total}; the same command ${next}\n`);
        return 1;
      }
      file.remove();
      process.stdout.write(printed(state.found, plan, flags, performance.now() - began));
      return 0;
    },
    { logLevel: process.env.LOG_LEVEL ?? "warn" },
  );
}

/** Brings `state` forward, and the file with it. */
async function scan(plan: Plan, state: ScanState, file: ScanFile, search: Search, signal: AbortSignal): Promise<void> {
  const bar = new ScanBar(process.stderr);
  const before = state.settled;
  const seen = new Set(state.found.map((one) => one.host));
  const timer = setInterval(() => file.save(state), SAVE_EVERY_MS);
  try {
    await search(skip(addressesIn(plan), before), {
      ...plan.how,
      port: plan.port,
      options: plan.doors,
      signal,
      onFound: (one) => {
        if (!seen.has(one.host)) state.found.push(one);
        seen.add(one.host);
      },
      onSettled: (settled) => {
        state.settled = before + settled;
        bar.show(state.settled, plan.total, state.found.length);
      },
    });
  } finally {
    clearInterval(timer);
    bar.clear();
    file.save(state);
  }
  state.found.sort((a, b) => (parseIpv4(a.host) ?? 0) - (parseIpv4(b.host) ?? 0));
}

function printed(found: readonly Discovered[], plan: Plan, flags: DiscoverFlags, tookMs: number): string {
  const duplicates = duplicatesOf(found);
  for (const { mac, addresses } of duplicates) {
    process.stderr.write(`the MAC address ${mac} is told by ${addresses.join(", ")}; only one machine may have it\n`);
  }
  if (flags.json) {
    const scanned = { addresses: plan.total, took_ms: Math.round(tookMs) };
    return `${JSON.stringify({ ...scanned, found, duplicates })}\n`;
  }
  if (flags.csv) return asCsv(found);
  if (flags.config) return asConfig(found, plan.port, plan.doors);
  const end = `${found.length} found at ${plan.total} addresses in ${(tookMs / 1_000).toFixed(1)} s\n`;
  return found.length === 0 ? end : `${asTable(found)}${end}`;
}

/** Every address once, in the order of the ranges as typed. */
function* addressesIn({ ranges, excluded }: Pick<Plan, "ranges" | "excluded">): Generator<string> {
  for (const [index, range] of ranges.entries()) {
    const taken = [...ranges.slice(0, index), ...excluded];
    for (const address of addressesOf(range)) {
      const number = parseIpv4(address) ?? 0;
      if (!taken.some(({ first, last }) => number >= first && number <= last)) yield address;
    }
  }
}

function* skip(addresses: Iterable<string>, count: number): Generator<string> {
  let passed = 0;
  for (const address of addresses) if (++passed > count) yield address;
}

function planOf(texts: readonly string[], flags: DiscoverFlags): Plan {
  if (texts.length === 0) throw usage("say where to look, such as banksman discover 192.168.1.0/24");
  if ([flags.json, flags.csv, flags.config].filter(Boolean).length > 1)
    throw usage("--json, --csv and --config don't go together; give one of them");
  const ranges = texts.map((text) => rangeOf(text, text));
  const excluded = (flags.exclude ?? []).map((text) => rangeOf(text, `--exclude ${text}`));
  const total = [...addressesIn({ ranges, excluded })].length;
  if (total === 0) throw usage("nothing is left to look at: every address is excluded");
  const login = loginOf(flags);
  const port = whole("--port", flags.port ?? "4028", 1, 65_535);
  return {
    scope: JSON.stringify([texts, flags.exclude ?? [], port]),
    ranges,
    excluded,
    total,
    port,
    doors: {
      ...(flags.httpPort !== undefined && { http_port: whole("--http-port", flags.httpPort, 1, 65_535) }),
      ...(flags.v3Port !== undefined && { v3_port: whole("--v3-port", flags.v3Port, 1, 65_535) }),
    },
    how: {
      ratePerSecond: whole("--rate", flags.rate ?? "500", 1, 100_000),
      concurrency: whole("--concurrency", flags.concurrency ?? "512", 1, 20_000),
      timeoutMs: whole("--timeout", flags.timeout ?? "1000", 50, 60_000),
      ...(login && { credentials: { "*": login } }),
      ...(flags.factoryPassword && { factoryCredentials: true }),
    },
  };
}

function rangeOf(text: string, where: string): AddressRange {
  const range = parseRange(text);
  if (typeof range === "string") throw usage(`${where} ${range}`);
  return range;
}

function whole(flag: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max)
    throw usage(`${flag} ${text}: must be a whole number from ${min} to ${max}`);
  return value;
}
