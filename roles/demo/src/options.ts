import { UsageErrors } from "./errors.ts";

/** The flags of `banksman demo`, as text. */
export type DemoFlags = { port: string; miners: string; from: string; dataDir: string };

export type DemoOptions = {
  dataDir: string;
  port: number;
  miners: number;
  /** First address of the simulated miners. */
  from: string;
};

/** Each miner is a listening socket of one process. */
const MOST_MINERS = 20_000;

/** Reads the flags; throws USAGE_DEMO_FLAG with the flag and the fix. */
export function demoOptionsOf(flags: DemoFlags): DemoOptions {
  if (!/^127(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(flags.from))
    throw UsageErrors.DEMO_FLAG("--from", flags.from, "an address of this machine's own network, such as 127.60.0.1");
  return {
    dataDir: flags.dataDir,
    port: whole("--port", flags.port, 0, 65_535),
    miners: whole("--miners", flags.miners, 1, MOST_MINERS),
    from: flags.from,
  };
}

function whole(flag: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max)
    throw UsageErrors.DEMO_FLAG(flag, text === "" ? '""' : text, `a whole number from ${min} to ${max}`);
  return value;
}
