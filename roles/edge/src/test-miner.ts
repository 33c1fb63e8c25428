import { type CodedError, systemClock } from "@banksman/kit";
import type { Reading } from "@banksman/wire/model";
import type { EdgeConfig } from "./config.ts";
import { EdgeUsage } from "./errors.ts";
import { parseIpv4 } from "./ipv4.ts";
import { listMiners, type MinerSpec } from "./miner-list.ts";
import type { CommandTiming, Reader, ReadOutcome } from "./reader.ts";
import { Sweeper } from "./sweep.ts";
import { table } from "./table.ts";

/** What `--test --json` prints: `reading` is exactly what would be uploaded. */
export type MinerTest = { address: string; reading: Reading; commands: CommandTiming[]; raw?: Record<string, string> };

type TestOptions<M> = { config: EdgeConfig | null; reader: Reader<M>; json: boolean; signal: AbortSignal };

/** Reads one miner as a sweep would, by address `ip` or `ip:port`. Returns 0 when it answered, else 1. */
export async function testMiner<M>(address: string, options: TestOptions<M>): Promise<number> {
  const { config, reader, signal } = options;
  const miner = specOf(address, config);
  const sweeper = new Sweeper({
    reader,
    clock: systemClock,
    siteId: config?.site_id ?? "",
    maxWorkers: 1,
    timeoutMs: config?.timeout_ms ?? 10_000,
    uploadBatch: 1,
    raw: config?.raw ?? false,
  });
  const seen: { reading: Reading; outcome: ReadOutcome }[] = [];
  await sweeper.run([miner], { signal, onReading: (reading, outcome) => seen.push({ reading, outcome }) });
  const [result] = seen;
  if (!result) return 1; // interrupted
  const { reading, outcome } = result;
  const test: MinerTest = {
    address: `${miner.host}:${miner.port}`,
    reading,
    commands: outcome.commands,
    ...(outcome.raw && { raw: outcome.raw }),
  };
  process.stdout.write(options.json ? `${JSON.stringify(test)}\n` : describe(test));
  return reading.online ? 0 : 1;
}

/** Throws a usage error, USAGE_FLAGS unless told another, for what is neither `ip` nor `ip:port`. */
export function parseTarget(
  address: string,
  wrong: (why: string) => CodedError = EdgeUsage.FLAGS,
): { host: string; port: number | undefined } {
  const [host = "", portText, ...rest] = address.split(":");
  const port = portText === undefined ? undefined : Number(portText);
  const badPort = port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536);
  if (parseIpv4(host) === null || badPort || rest.length > 0) {
    throw wrong(`${address || "no address"}: not an address; write 192.168.1.100 or 192.168.1.100:4028`);
  }
  return { host, port };
}

/** The configured miner of that address, so that its id, type and options are tested too; else a stranger. */
function specOf(address: string, config: EdgeConfig | null): MinerSpec {
  const { host, port } = parseTarget(address);
  const known = config ? listMiners(config, "--config") : [];
  const found = known.find((miner) => miner.host === host && (port === undefined || miner.port === port));
  return found ?? { id: host, host, port: port ?? 4028, type: "auto" };
}

function describe({ address, reading, commands }: MinerTest): string {
  const timings = table(
    ["command", "ms", "bytes", "result"],
    commands.map(({ command, ms, bytes, ok, error }) => [
      command,
      Number(ms.toFixed(1)),
      bytes,
      ok ? "ok" : (error ?? "failed"),
    ]),
  );
  const lines = Object.entries(reading)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `  ${name.padEnd(22)} ${typeof value === "object" ? JSON.stringify(value) : value}`);
  const verdict = reading.online ? nameOf(reading) : `offline: ${reading.offline_reason}`;
  return `${address}  ${verdict}\n\n${timings}\n\nreading\n${lines.join("\n")}\n`;
}

/** Some devices put the maker into their model's name, some don't. */
function nameOf({ make, model }: Reading): string {
  if (!model) return make ?? "a miner";
  return !make || model.startsWith(make) ? model : `${make} ${model}`;
}
