import { codeOf, runRole, untilAborted } from "@banksman/kit";
import { flagsOf } from "../flags.ts";
import { serveControl } from "./control.ts";
import {
  COOLING_FAULTS,
  COOLING_MAKERS,
  type CoolingMaker,
  type CoolingSimOptions,
  startCooling,
} from "./start-cooling.ts";

/** The flags of `banksman sim cooling`, as text. */
export type CoolingFlags = {
  count?: string | undefined;
  from?: string | undefined;
  port?: string | undefined;
  makers?: string | undefined;
  modbusPort?: string | undefined;
  mqttPort?: string | undefined;
  seed?: string | undefined;
  latency?: string | undefined;
  miners?: string | undefined;
  controlPort?: string | undefined;
  fault?: string[] | undefined;
};

const { usage, whole, faults, latency } = flagsOf("banksman sim cooling");

function makersOf(text: string): CoolingMaker[] {
  return text.split(",").map((name) => {
    const maker = COOLING_MAKERS.find((one) => one === name);
    if (maker === undefined) throw usage(`--makers ${text}: "${name}" is none of ${COOLING_MAKERS.join(", ")}`);
    return maker;
  });
}

/** Reads the flags; throws USAGE_FLAGS with the flag and the fix. */
export function coolingOptionsOf(flags: CoolingFlags): CoolingSimOptions {
  return {
    count: whole("--count", flags.count ?? "150", 1, 5_000),
    from: flags.from ?? "127.20.1.1",
    port: whole("--port", flags.port ?? "8480", 1, 65_535),
    makers: makersOf(flags.makers ?? "antbox"),
    modbusPort: whole("--modbus-port", flags.modbusPort ?? "8502", 1, 65_535),
    mqttPort: whole("--mqtt-port", flags.mqttPort ?? "8183", 1, 65_535),
    seed: whole("--seed", flags.seed ?? "1", 0, 2 ** 31 - 1),
    faults: faults(flags.fault ?? [], COOLING_FAULTS),
    miners: whole("--miners", flags.miners ?? "189", 0, 1_000),
    ...(flags.latency !== undefined && { latency: latency(flags.latency) }),
  };
}

/** Runs simulated cooling units until SIGTERM; resolves to the exit code. */
export function runSimCooling(flags: CoolingFlags): Promise<number> {
  return runRole(
    "sim",
    async () => ({
      options: coolingOptionsOf(flags),
      controlPort: whole("--control-port", flags.controlPort ?? "8490", 0, 65_535),
    }),
    async ({ options, controlPort }, { signal, onStop, log }) => {
      const sim = await startCooling(options).catch((error: unknown) => {
        if (error instanceof RangeError) throw usage(error.message);
        throw codeOf(error) === "EADDRINUSE" ? usage(`port ${options.port} is in use; give another --port`) : error;
      });
      onStop("close controllers", sim.close);
      const control = await serveControl(sim.controllers, controlPort).catch((error: unknown) => {
        throw codeOf(error) === "EADDRINUSE"
          ? usage(`port ${controlPort} is in use; give another --control-port`)
          : error;
      });
      onStop("close control", async () => await control[Symbol.asyncDispose]());
      const [first, last] = [sim.controllers[0]?.host, sim.controllers.at(-1)?.host];
      log.info(
        `${sim.controllers.length} cooling units on ${first} … ${last}, port ${options.port}; what they counted on ${control.url}/control/controllers`,
      );
      await untilAborted(signal);
    },
  );
}
