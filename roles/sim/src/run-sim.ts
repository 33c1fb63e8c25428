import { codeOf, runRole, serveOps, untilAborted } from "@banksman/kit";
import { SimErrors } from "./errors.ts";
import { type FaultShare, parseFault } from "./fault-plan.ts";
import { flagsOf } from "./flags.ts";
import { type SimOptions, startMiners } from "./start-miners.ts";

/** The flags of `banksman sim miners`, as text. */
export type SimFlags = {
  count?: string | undefined;
  from?: string | undefined;
  port?: string | undefined;
  webPort?: string | undefined;
  v3Port?: string | undefined;
  latency?: string | undefined;
  fault?: string[] | undefined;
  seed?: string | undefined;
  models?: string | undefined;
  joins?: string | undefined;
  oneListener?: boolean | undefined;
  frozen?: boolean | undefined;
  opsPort?: string | undefined;
};

const { usage, whole, latency } = flagsOf("banksman sim miners");

/** Reads the flags; throws USAGE_FLAGS with the flag and the fix. */
export function simOptionsOf(flags: SimFlags): SimOptions {
  return {
    count: whole("--count", flags.count ?? "60", 1, 1_000_000),
    from: flags.from ?? "127.10.0.1",
    port: whole("--port", flags.port ?? "4028", 1, 65_535),
    seed: whole("--seed", flags.seed ?? "1", 0, 2 ** 31 - 1),
    faults: (flags.fault ?? []).flatMap((text) => text.split(",")).map(readFault),
    joins: readJoins(flags.joins ?? "real"),
    ...(flags.webPort !== undefined && { webPort: whole("--web-port", flags.webPort, 1, 65_535) }),
    ...(flags.v3Port !== undefined && { v3Port: whole("--v3-port", flags.v3Port, 1, 65_535) }),
    ...(flags.models !== undefined && { models: flags.models.split(",") }),
    ...(flags.latency !== undefined && { latency: latency(flags.latency) }),
    oneListener: flags.oneListener ?? false,
    frozen: flags.frozen ?? false,
  };
}

/** Runs simulated miners until SIGTERM; resolves to the exit code. */
export function runSimMiners(flags: SimFlags): Promise<number> {
  return runRole(
    "sim",
    () => simOptionsOf(flags),
    async (options, { signal, onStop, log, health, metrics }) => {
      const sim = await startMiners(options).catch((error: unknown) => {
        throw error instanceof RangeError ? usage(error.message) : error;
      });
      onStop("close miners", sim.close);
      if (flags.opsPort !== undefined) {
        const port = whole("--ops-port", flags.opsPort, 0, 65_535);
        const ops = await serveOps({ host: "127.0.0.1", port }, health, metrics).catch((error: unknown) => {
          throw codeOf(error) === "EADDRINUSE" ? SimErrors.OPS_PORT_TAKEN(port, { cause: error }) : error;
        });
        onStop("close /health", ops.close);
        log.info({ port: ops.port }, `/health, /ready and /metrics on http://127.0.0.1:${ops.port}`);
      }
      const last = sim.miners.at(-1)?.host ?? options.from;
      log.info(
        { miners: sim.miners.length, from: options.from, to: last, port: options.port },
        `${sim.miners.length} miners on ${options.from}-${last}:${options.port}`,
      );
      await untilAborted(signal);
    },
  );
}

function readFault(text: string): FaultShare {
  const fault = parseFault(text);
  if (typeof fault === "string") throw usage(`--fault: ${fault}`);
  return fault;
}

function readJoins(text: string): NonNullable<SimOptions["joins"]> {
  if (text === "real" || text === "accept" || text === "refuse") return text;
  throw usage(`--joins ${text}: must be real, accept or refuse`);
}
